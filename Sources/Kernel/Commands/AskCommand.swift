import KernelBase
import KernelClient
import KernelSystem
import KernelTerminal
package import KernelWire
import ModuleJSON

/// `kernel ask`: one question, from the command line to the exit status.
package final class AskCommand: Sendable {
    private let request: AskRequest
    private let client: WireClient
    private let streams: CommandStreams
    private let input: Int32
    private let printsJSON: Bool
    private let wakeup: WakeUp
    private let state = Condition(State())

    private struct State {
        var asked: RequestID?
        var interruptions = 0
        var lastByte = UInt8(ascii: "\n")
        var showsProgress = false
        /// Of the wait that was said last.
        var secondsSaid = 0.0
        var kindSaid = ""
    }

    /// `input` is read if it is no terminal.
    package init(
        _ transport: any WireTransport, _ request: AskRequest, printsJSON: Bool,
        _ streams: CommandStreams = CommandStreams(), input: Int32 = 0,
        introduction: Introduction = Introduction(client: "ask")
    ) throws {
        wakeup = try WakeUp()
        self.request = request
        self.printsJSON = printsJSON
        self.streams = streams
        self.input = input
        client = WireClient(transport, introduction)
    }

    /// To be called once, on a thread that may block.
    package func run() -> ExitStatus {
        defer { client.close() }
        let status: ExitStatus
        do {
            let message = try AskMessage(request, input: input, wakeup: wakeup) {
                streams.printError(
                    StyledText("kernel: reading what is piped in, up to its end", .dim))
            }.json
            try client.start(onNotification: { self.hear($0, $1) })
            _ = try client.request(Welcome.self)
            status = try ask(message)
        } catch let problem as CommandProblem {
            status = .usage
            complain("\(problem)")
        } catch let error as WireError {
            status = error.isNotFound ? .notFound : .failed
            complain("\(error)")
        } catch {
            status = .failed
            complain("\(error)")
        }
        return state.withLock { $0.interruptions } > 0 ? .interrupted : streams.finish(status)
    }

    /// To be called on SIGINT. The first one ends the answer, the second waits no longer.
    package func interrupt() {
        wakeup.signal()
        let (count, asked) = state.withLock { state in
            state.interruptions += 1
            return (state.interruptions, state.asked)
        }
        guard count == 1, let asked else { return client.close() }
        client.send(CancelRequest.method, ["request": asked.json]) { _ in }
    }

    private func complain(_ sentence: String) {
        if state.withLock({ $0.interruptions }) > 0 { return }
        hideProgress()
        streams.printError(StyledText("kernel: \(sentence)", .error))
    }

    private func ask(_ messages: JSON) throws(WireError) -> ExitStatus {
        var ask = AskChat(messages: messages, model: request.model)
        ask.tokensMax = request.tokensMax
        let id = client.makeRequestID()
        state.withLock { $0.asked = id }
        // Made of JSON, text and numbers, so it always has a form in JSON.
        let params = (try? JSON.encode(ask)) ?? [:]
        let reply: WireClient.Reply = client.wait { client, done in
            client.send(AskChat.method, params, id: id, reply: done)
        }
        hideProgress()
        let json = try reply.get()
        let answer: ChatAnswerMessage = try WireClient.decode(json, method: AskChat.method)
        show(answer, json)
        return answer.failure == nil ? .ok : .failed
    }

    private func show(_ answer: ChatAnswerMessage, _ json: JSON) {
        if printsJSON { return streams.print(StyledText(json.pretty())) }
        if state.withLock({ $0.lastByte }) != UInt8(ascii: "\n") { streams.write([0x0A]) }
        guard let remark = ModelLines.remark(answer), state.withLock({ $0.interruptions }) == 0
        else { return }
        streams.printError(StyledText("kernel: ", .error) + remark)
    }

    // MARK: - News, on the client's thread

    private func hear(_ method: String, _ params: JSON) {
        switch method {
        case ChatPiece.text:
            guard !printsJSON, let text = params["text"]?.string else { return }
            hideProgress()
            let bytes = Array(text.utf8)
            if let last = bytes.last { state.withLock { $0.lastByte = last } }
            streams.writeOutput(bytes)
        case ChatNotice.method:
            if let notice = try? params.decode(ChatNotice.self) { hear(notice) }
        default: break
        }
    }

    /// A terminal sees each second of a wait, and a file one line.
    private func hear(_ notice: ChatNotice) {
        guard notice.isMomentary else {
            hideProgress()
            return streams.printError(StyledText("kernel: \(notice.text)", .warning))
        }
        let percent = ProgressPace.text(fraction: notice.fraction, note: notice.text)
        let isNew = state.withLock { state -> Bool? in
            // In the middle of a line of the answer it would take that line's place.
            guard state.lastByte == UInt8(ascii: "\n") else { return nil }
            defer {
                state.showsProgress = true
                state.kindSaid = notice.kind
                state.secondsSaid = notice.seconds ?? 0
            }
            let isLonger =
                notice.kind == ChatNotice.waiting && notice.seconds ?? 0 > state.secondsSaid
            return state.kindSaid != notice.kind || isLonger
        }
        guard let isNew else { return }
        if streams.showsProgress {
            streams.showProgress(StyledText("\(percent)   Ctrl-C cancels", .dim))
        } else if isNew {
            streams.printError(StyledText("kernel: \(notice.text)"))
        }
    }

    private func hideProgress() {
        let wasShown = state.withLock { state in
            defer { state.showsProgress = false }
            return state.showsProgress
        }
        if wasShown { streams.showProgress(nil) }
    }
}
