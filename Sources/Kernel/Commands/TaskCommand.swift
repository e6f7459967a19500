import KernelClient
import KernelSystem
import KernelTerminal
package import KernelWire
import ModuleJSON

/// `kernel task …`: one question about durable tasks, from the command line to the exit status.
package final class TaskCommand: Sendable {
    let client: WireClient
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
    }

    package init(
        _ transport: any WireTransport, _ request: TaskRequest, printsJSON: Bool, isAlone: Bool,
        _ streams: CommandStreams = CommandStreams(),
        introduction: Introduction = Introduction(client: "task")
    ) {
        client = WireClient(transport, introduction)
        self.request = request
        self.printsJSON = printsJSON
        self.isAlone = isAlone
        self.streams = streams
    }

    /// To be called once, on a thread that may block.
    package func run() -> ExitStatus {
        defer { client.close() }
        let status: ExitStatus
        do {
            try client.start(
                onNotification: { self.hear($0, $1) }, onClosed: { self.noteClosed() })
            let welcome = try client.request(Welcome.self)
            status = try perform(KnownModules(welcome.modules))
        } catch let problem as CommandProblem {
            status = .usage
            complain("\(problem)")
        } catch let error as WireError {
            status = error.isNotFound ? .notFound : error.isBadParameters ? .usage : .failed
            complain("\(error)")
        } catch {
            status = .failed
            complain("\(error)")
        }
        hideProgress()
        return news.withLock { $0.isInterrupted } ? .interrupted : streams.finish(status)
    }

    /// To be called on SIGINT: the command ends, the tasks go on.
    package func interrupt() {
        news.withLock { $0.isInterrupted = true }
        client.close()
    }

    func complain(_ sentence: String) {
        if news.withLock({ $0.isInterrupted }) { return }
        hideProgress()
        streams.printError(StyledText("kernel: \(sentence)", .error))
    }

    private func perform(_ known: KnownModules) throws -> ExitStatus {
        switch request {
        case .submit(let submission): return try submit(submission, known)
        case .list(let list): return try showList(list)
        case .show(let id):
            let details = try details(id)
            if printsJSON { return try show(json: details) }
            streams.print(.lines(TaskLines().details(details, columnsMax: streams.columnsMax)))
            return .ok
        case .output(let id, let follows):
            guard follows else {
                _ = try printOutput(of: id, from: 0, isFirst: true)
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

    private func showList(_ request: ListTasks) throws -> ExitStatus {
        let list: TaskList = try ask(ListTasks.method, request)
        if printsJSON { return try show(json: list) }
        streams.print(.lines(TaskLines().table(list, columnsMax: streams.columnsMax)))
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
                let text =
                    task.hasEnded
                    ? TaskLines.end(task)
                    : StyledText("\(task.id) \(task.task) is asked to end (\(task.state))")
                streams.print(text)
            }
        }
        return printsJSON ? try show(json: TaskList(cancelled)) : .ok
    }

    // MARK: - News, on the client's thread

    private func hear(_ method: String, _ params: JSON) {
        if method == TaskNews.progress, let heard = try? params.decode(TaskNews.self) {
            showProgress(heard)
        }
        news.withLock { $0.count += 1 }
        news.broadcast()
    }

    private func noteClosed() {
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
