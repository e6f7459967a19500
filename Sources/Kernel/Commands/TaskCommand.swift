import KernelClient
import KernelSystem
import KernelTerminal
package import KernelWire
import ModuleJSON
import Synchronization

/// `kernel task …`: one question about durable tasks, from the command line to the exit status.
package final class TaskCommand: Sendable {
    /// To the kernel that runs now.
    private let link: Mutex<WireClient>
    /// Finds the next kernel once one has gone away; nil where none can come.
    private let reconnect: Reconnect?
    private let introduction: Introduction
    let streams: CommandStreams
    let printsJSON: Bool
    /// No kernel runs but the one in this process, which ends with the command.
    let isAlone: Bool
    /// Told of when something happened to a task.
    let news = Condition(News())
    private let request: TaskRequest

    struct News {
        var count = 0
        var isClosed = false
        var isInterrupted = false
        /// The task whose progress is shown.
        var shown: String?
        /// What has become of tasks since a list was printed that is followed; nil: of no interest.
        var changes: [TaskView]?
        /// More do not wait here. An answer comes behind them, so that none may be waited for while
        /// there is a bound.
        var changesMax = Int.max
    }

    package init(
        _ transport: any WireTransport, _ request: TaskRequest, printsJSON: Bool,
        reconnect: Reconnect?, _ streams: CommandStreams = CommandStreams(),
        introduction: Introduction = Introduction(client: "task")
    ) {
        link = Mutex(WireClient(transport, introduction))
        self.reconnect = reconnect
        self.introduction = introduction
        self.request = request
        self.printsJSON = printsJSON
        isAlone = reconnect == nil
        self.streams = streams
    }

    /// Nil if no kernel runs.
    package typealias Reconnect = @Sendable () throws -> (any WireTransport)?

    var client: WireClient { link.withLock { $0 } }

    /// To be called once, on a thread that may block.
    package func run() -> ExitStatus {
        defer { client.close() }
        let status: ExitStatus
        do {
            status = try perform(KnownModules(try begin(client).modules))
        } catch let problem as CommandProblem {
            status = .usage
            fail("\(problem)", status)
        } catch let error as WireError {
            status = error.isNotFound ? .notFound : error.isBadParameters ? .usage : .failed
            fail("\(error)", status)
        } catch {
            status = .failed
            fail("\(error)", status)
        }
        hideProgress()
        return news.withLock { $0.isInterrupted } ? .interrupted : streams.finish(status)
    }

    private func begin(_ client: WireClient) throws -> Welcome {
        try client.start(
            onNotification: { self.hear($0, $1) }, onClosed: { self.noteClosed(client) })
        return try client.request(Welcome.self)
    }

    private static let absenceNanoseconds: UInt64 = 15_000_000_000
    private static let pauseNanoseconds: UInt64 = 50_000_000

    /// What only looks: it is done once more with the next kernel, if the one that was asked goes
    /// away meanwhile and another one comes soon.
    func persist<Value>(_ body: () throws -> Value) throws -> Value {
        while true {
            let asked = client
            do {
                return try body()
            } catch let error as WireError where error == WireClient.kernelIsGone {
                try comeBack(after: error, from: asked)
            }
        }
    }

    private func comeBack(after error: WireError, from lost: WireClient) throws {
        guard let reconnect, !lost.isLeft else { throw error }
        let deadline = SystemClock.monotonicNanoseconds + Self.absenceNanoseconds
        var isSaid = false
        while SystemClock.monotonicNanoseconds < deadline, !news.withLock({ $0.isInterrupted }) {
            if let transport = (try? reconnect()) ?? nil {
                let next = WireClient(transport, introduction)
                link.withLock { $0 = next }
                let hasBegun = (try? begin(next)) != nil
                // Who interrupted meanwhile closed the one before.
                let isWanted = news.withLock { news in
                    if hasBegun { news.isClosed = false }
                    return !news.isInterrupted
                }
                if hasBegun && isWanted { return }
                next.close()
            }
            if !isSaid { streams.printError(StyledText(Self.waits, .dim)) }
            isSaid = true
            SystemThread.sleep(nanoseconds: Self.pauseNanoseconds)
        }
        throw error
    }

    private static let waits = "The kernel has gone away; waiting for the next one."

    /// To be called on SIGINT: the command ends, the tasks go on.
    package func interrupt() {
        news.withLock { $0.isInterrupted = true }
        news.broadcast()
        client.close()
    }

    /// A script that asked for JSON reads why there is nothing else in the same form.
    func fail(_ sentence: String, _ status: ExitStatus) {
        guard printsJSON, !news.withLock({ $0.isInterrupted }) else { return complain(sentence) }
        let error: JSON = [
            "error": .object([
                "message": .string(sentence), "exit": .integer(Int64(status.rawValue)),
            ])
        ]
        streams.print(StyledText(error.pretty()))
    }

    func complain(_ sentence: String) {
        if news.withLock({ $0.isInterrupted }) { return }
        hideProgress()
        streams.printError(StyledText("kernel: \(sentence)", .error))
    }

    private func perform(_ known: KnownModules) throws -> ExitStatus {
        switch request {
        case .submit(let submission): return try submit(submission, known)
        case .list(let list, let follows):
            return try follows ? followList(list) : showList(list)
        case .show(let id):
            let details = try details(id)
            if printsJSON { return try show(json: details) }
            streams.print(.lines(TaskLines().details(details, columnsMax: streams.columnsMax)))
            return .ok
        case .output(let id, let follows):
            guard follows else {
                var position: Int64 = 0
                _ = try printOutput(of: id, from: &position, isFirst: true)
                return .ok
            }
            return ExitStatus(try follow(id))
        case .wait(let ids, let seconds, let follows):
            return try wait(ids, timeoutSeconds: seconds, follows: follows)
        case .cancel(let ids): return try cancel(ids)
        case .retry(let id, let waits):
            let list: TaskList = try ask(TaskReference.retry, TaskReference(id: id))
            return try kept(list, waits: waits)
        }
    }

    func ask<Content: Decodable>(
        _ method: String, _ content: some Encodable
    ) throws -> Content {
        try client.request(method, try JSON.encode(content), as: Content.self)
    }

    func show(json content: some Encodable) throws -> ExitStatus {
        streams.print(StyledText(try JSON.encode(content).pretty()))
        return .ok
    }

    func details(_ id: String) throws -> TaskDetails {
        try ask(TaskReference.show, TaskReference(id: id))
    }

    private func cancel(_ ids: [String]) throws -> ExitStatus {
        var cancelled: [TaskView] = []
        for id in ids {
            let list: TaskList = try ask(TaskReference.cancel, TaskReference(id: id))
            cancelled += list.tasks
            guard !printsJSON else { continue }
            for task in list.tasks {
                streams.print(TaskLines.cancelled(task))
            }
        }
        return printsJSON ? try show(json: TaskList(cancelled)) : .ok
    }

    // MARK: - News, on the client's thread

    private func hear(_ method: String, _ params: JSON) {
        if method == TaskNews.progress, let heard = try? params.decode(TaskNews.self) {
            showProgress(heard)
        }
        let changed = method == TaskNews.changed ? try? params.decode(TaskNews.self) : nil
        // Where they are not taken as fast as they come, the kernel keeps them, and says it where
        // they become too many.
        news.wait { news -> Void? in
            news.isInterrupted || (news.changes?.count ?? 0) < news.changesMax ? () : nil
        }
        news.withLock { news in
            news.count += 1
            if let task = changed?.task { news.changes?.append(task) }
        }
        news.broadcast()
    }

    private func noteClosed(_ closed: WireClient) {
        guard closed === client else { return }
        news.withLock { $0.isClosed = true }
        news.broadcast()
    }

    private func showProgress(_ heard: TaskNews) {
        guard news.withLock({ $0.shown == heard.id }) else { return }
        let text = ProgressPace.text(fraction: heard.fraction, note: heard.note)
        streams.showProgress(StyledText("\(heard.id): \(text)", .dim))
    }

    func hideProgress() {
        let wasShown = news.withLock { news in
            defer { news.shown = nil }
            return news.shown != nil
        }
        if wasShown { streams.showProgress(nil) }
    }
}
