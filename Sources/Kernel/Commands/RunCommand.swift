import KernelClient
import KernelSystem
import KernelTerminal
package import KernelWire
import ModuleJSON

/// `kernel run`: one task, from the command line to the exit status.
package final class RunCommand: Sendable {
    private let request: Command.RunRequest
    private let client: WireClient
    private let streams: CommandStreams
    private let state = Condition(State())

    private struct State {
        var calls = RunningCalls()
        var interruptions = 0
        var showsProgress = false
        var lastOutputByte = UInt8(ascii: "\n")
    }

    package init(
        _ transport: any WireTransport, _ request: Command.RunRequest,
        _ streams: CommandStreams = CommandStreams(),
        introduction: Introduction = Introduction(client: "run")
    ) {
        self.request = request
        self.streams = streams
        client = WireClient(transport, introduction)
    }

    /// To be called once, on a thread that may block.
    package func run() -> ExitStatus {
        defer { client.close() }
        let status: ExitStatus
        do {
            try client.start(onNotification: { self.hear($0, $1) })
            let welcome = try client.request(Welcome.self)
            status = try run(KnownModules(welcome.modules))
        } catch let problem as CommandProblem {
            status = .usage
            complain("\(problem)")
        } catch {
            status = .failed
            complain("\(error)")
        }
        return state.withLock { $0.interruptions } > 0 ? .interrupted : streams.finish(status)
    }

    /// To be called on SIGINT. The first one cancels the task, the second waits no longer.
    package func interrupt() {
        let (count, plan) = state.withLock { state in
            state.interruptions += 1
            return (state.interruptions, state.calls.cancelAll())
        }
        for number in plan.numbers { requestCancel(number) }
        if count > 1 || plan.isEmpty { client.close() }
    }

    private func requestCancel(_ number: UInt64) {
        client.send(CancelCall.method, ["call": .integer(Int64(clamping: number))]) { _ in }
    }

    private func complain(_ sentence: String) {
        if state.withLock({ $0.interruptions }) > 0 { return }
        streams.printError(StyledText("kernel: \(sentence)", .error))
    }

    // MARK: - The order

    private func run(_ known: KnownModules) throws -> ExitStatus {
        guard let task = known.taskIfKnown(request.task) else {
            complain(known.whyUnknown(request.task))
            return known.isOutOfService(request.task) ? .outOfService : .notFound
        }
        var order = try TaskInput(task).run(request.input)
        order.timeoutSeconds = request.timeoutSeconds
        return try end(of: order)
    }

    // MARK: - The call

    private func end(of order: RunCall) throws(WireError) -> ExitStatus {
        let id = client.makeRequestID()
        let now = SystemClock.monotonicNanoseconds
        state.withLock { $0.calls.begin(id, task: order.task, atNanoseconds: now) }
        let reply: WireClient.Reply = client.wait { client, done in
            // Made of text and JSON only, so it always has a form in JSON.
            let params = (try? JSON.encode(order)) ?? [:]
            client.send(RunCall.method, params, id: id, reply: done)
        }
        hideProgress()
        if case .failure(let error) = reply, error.isNotFound {
            complain("\(error)")
            return .notFound
        }
        let outcome: CallAnswer = try WireClient.decode(try reply.get(), method: RunCall.method)
        show(OutcomeText(task: order.task, outcome: outcome), try? reply.get())
        return ExitStatus(status: outcome.status)
    }

    private func show(_ text: OutcomeText, _ json: JSON?) {
        if state.withLock({ $0.lastOutputByte }) != UInt8(ascii: "\n") { streams.write([0x0A]) }
        if request.printsOutcome, let json { return streams.print(StyledText(json.pretty())) }
        guard text.outcome.succeeded else { return streams.printError(text.failure) }
        switch text.outcome.kind {
        case "bytes" where !streams.outputIsTerminal: streams.write(text.bytes)
        case "json" where streams.outputIsTerminal && text.outcome.value != .null:
            let view = JSONView(json: text.outcome.value, columnsMax: streams.columnsMax)
            streams.print(.lines(view.lines))
        default:
            let plain = text.plain
            if !plain.isEmpty { streams.printValue(plain) }
        }
    }

    // MARK: - News, on the client's thread

    private func hear(_ method: String, _ params: JSON) {
        if method == LogEntry.method {
            if let entry = try? params.decode(LogEntry.self) { hearLog(entry) }
            return
        }
        guard let news = try? params.decode(CallNews.self) else { return }
        switch method {
        case CallNews.started:
            let isUnwanted = state.withLock { $0.calls.started(news.request, number: news.call) }
            if isUnwanted { requestCancel(news.call) }
        case CallNews.progress: hearProgress(news)
        case CallNews.output: hearOutput(news)
        default: break
        }
    }

    /// What the task's module prints or logs, for a person who watches. A script asks for it.
    private func hearLog(_ entry: LogEntry) {
        guard request.showsLog || streams.errorsAreTerminal,
            request.task.hasPrefix(entry.module + ".")
        else { return }
        hideProgress()
        streams.printError(StyledText("\(entry.module): \(entry.text)", .dim))
    }

    private func hearProgress(_ news: CallNews) {
        let text = ProgressPace.text(fraction: news.fraction, note: news.note)
        let now = SystemClock.monotonicNanoseconds
        let shows = state.withLock { state in
            let shows = state.calls.update(news.request) { call in
                call.pace.shows(text, atNanoseconds: now)
            }
            state.showsProgress = state.showsProgress || shows == true
            return shows == true
        }
        if shows { streams.showProgress(StyledText("\(request.task): \(text)", .dim)) }
    }

    private func hideProgress() {
        let wasShown = state.withLock { state in
            defer { state.showsProgress = false }
            return state.showsProgress
        }
        if wasShown { streams.showProgress(nil) }
    }

    /// Goes to where the value will go, unless that must be one JSON text.
    private func hearOutput(_ news: CallNews) {
        guard let value = news.value else { return }
        hideProgress()
        let bytes = WirePayload.bytes(news.kind, value)
        if request.printsOutcome { return streams.writeError(bytes) }
        if let last = bytes.last { state.withLock { $0.lastOutputByte = last } }
        streams.writeOutput(bytes)
    }
}
