import KernelBase
import KernelBuilds
import KernelCalls
import KernelConfig
import KernelLoader
import KernelSystem
import KernelWire
import ModuleJSON
import Synchronization

/// The kernel's side of one client.
final class Session: Sendable {
    private let server: KernelServer
    private let transport: any WireTransport
    private let isInitialized = Atomic(false)
    private let state = Mutex(State())

    private struct State {
        /// Where the client's relative paths start; nil: where the kernel's do.
        var folder: String?
        /// The calls that end with this client.
        var calls: Set<UInt64> = []
        var isClosed = false
    }

    init(_ server: KernelServer, _ transport: any WireTransport) {
        self.server = server
        self.transport = transport
    }

    func start() {
        transport.start(
            receive: { self.receive($0) },
            closed: { self.end() })
    }

    /// Nobody waits any more for what this client wanted done.
    private func end() {
        server.sessionEnded(self)
        let calls = state.withLock { state in
            state.isClosed = true
            defer { state.calls = [] }
            return state.calls
        }
        for call in calls { _ = server.dispatcher.board.cancel(call) }
    }

    func callEnded(_ call: UInt64) {
        state.withLock { _ = $0.calls.remove(call) }
    }

    // MARK: Sending

    func send(_ message: WireMessage) {
        transport.send(message)
    }

    func notify(_ method: String, _ content: some Encodable & Sendable) {
        if let message = Self.notification(method, content) { send(message) }
    }

    /// Nil for what JSON cannot say, such as a number above 2^63: no news is worth a crash.
    static func notification(_ method: String, _ content: some Encodable) -> WireMessage? {
        (try? JSON.encode(content)).map { .notification(method: method, params: $0) }
    }

    /// A request is always answered: what JSON cannot say is an error that says so.
    func reply(_ id: RequestID, _ content: some Encodable & Sendable) {
        do {
            send(.reply(id: id, result: try JSON.encode(content)))
        } catch {
            send(.failure(id: id, .unspeakable("the kernel's answer has no JSON form: \(error)")))
        }
    }

    /// News for every client; those that have not introduced themselves hear none.
    func broadcast(_ message: WireMessage) {
        if isInitialized.load(ordering: .acquiring) { send(message) }
    }

    // MARK: Receiving

    private func receive(_ message: WireMessage) {
        guard case .request(let id, let method, let params) = message else { return }
        do throws(WireError) {
            try serve(id, method, params)
        } catch {
            send(.failure(id: id, error))
        }
    }

    private func serve(_ id: RequestID, _ method: String, _ params: JSON) throws(WireError) {
        if method == Introduction.method {
            return try welcome(id, Introduction(params))
        }
        guard isInitialized.load(ordering: .acquiring) else {
            throw .badRequest("the first request must be \"\(Welcome.method)\"")
        }
        switch method {
        case RunTask.method: runTask(id, try Self.decode(params))
        case CancelTask.method: try cancel(id, try Self.decode(params))
        case WireMethod.listModules: reply(id, server.modules.all)
        case WireMethod.reloadModule: try reload(id, params)
        case WireMethod.listTasks: reply(id, server.runningTasks)
        case WireMethod.showConfiguration: showConfiguration(id)
        case WireMethod.recentLog: recentLog(id, params)
        case HealthReport.method: try checkHealth(id, params)
        default: throw .unknownMethod(method)
        }
    }

    private func welcome(
        _ id: RequestID, _ introduction: Introduction
    ) throws(WireError) {
        try server.check(introduction)
        state.withLock { $0.folder = introduction.folder }
        // The first screen shows what is in service: modules that are seen for the first time get
        // a moment to be examined.
        server.whenSettled {
            self.isInitialized.store(true, ordering: .releasing)
            self.reply(id, self.server.makeWelcome())
        }
    }

    private static func decode<Content: Decodable>(_ params: JSON) throws(WireError) -> Content {
        do {
            return try params.decode(Content.self)
        } catch {
            throw .badParameters("\(error)")
        }
    }

    private func runTask(_ id: RequestID, _ run: RunTask) {
        let arguments: CallOrder.Arguments =
            run.text.map { .bytes(Array($0.utf8)) }
            ?? .json(server.absolute(run.arguments ?? [:], of: run.task, in: folder))
        let order = CallOrder(run.task, arguments, timeoutSeconds: run.timeoutSeconds)
        let number = server.dispatcher.newCallID()
        server.dispatcher.board.announce(number)
        let call = RemoteCall(
            request: id, call: number, session: self, alarms: server.alarms)
        var news = TaskNews(request: id, call: number)
        news.note = run.task
        let isWanted = state.withLock { state in
            if !state.isClosed { state.calls.insert(number) }
            return !state.isClosed
        }
        guard isWanted else { return server.dispatcher.board.withdraw(number) }
        notify(TaskNews.started, news)
        // Not on the transport's thread: a task of mode thread would run there.
        server.pool.run { self.server.dispatcher.call(order, id: number, call) }
    }

    private var folder: String? { state.withLock { $0.folder } }

    private func cancel(_ id: RequestID, _ cancel: CancelTask) throws(WireError) {
        guard server.dispatcher.board.cancel(cancel.call) else {
            throw .notFound("no call \(cancel.call) is running")
        }
        reply(id, [String: String]())
    }

    private func reload(_ id: RequestID, _ params: JSON) throws(WireError) {
        guard let module = params["id"]?.string else {
            throw .badParameters("\"id\" must name a module")
        }
        guard server.reload(module) else {
            let hint = Spelling.hint(for: module, among: server.modules.all.map(\.id))
            throw .notFound("no module \"\(module)\" is in service\(hint)")
        }
        reply(id, [String: String]())
    }

    /// The modules are asked at once, and not on the thread of the transport.
    private func checkHealth(_ id: RequestID, _ params: JSON) throws(WireError) {
        let module = params["module"]?.string
        if let module, !server.modules.all.contains(where: { $0.id == module }) {
            let hint = Spelling.hint(for: module, among: server.modules.all.map(\.id))
            throw .notFound("there is no module \"\(module)\"\(hint)")
        }
        server.pool.run {
            self.server.waitForModules()
            self.server.health.report(on: module) { self.reply(id, $0) }
        }
    }

    private func showConfiguration(_ id: RequestID) {
        let configuration = server.configuration.current
        send(
            .reply(
                id: id,
                result: [
                    "text": .string(ConfigurationText.show(configuration)),
                    "json": ConfigurationText.showJSON(configuration),
                ]))
    }

    private func recentLog(_ id: RequestID, _ params: JSON) {
        let count = Int(clamping: params["count"]?.integer ?? 20)
        reply(id, server.log.recent(max(0, count), module: params["module"]?.string))
    }
}
