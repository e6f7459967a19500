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

    init(_ server: KernelServer, _ transport: any WireTransport) {
        self.server = server
        self.transport = transport
    }

    func start() {
        transport.start(
            receive: { self.receive($0) },
            closed: { self.server.sessionEnded(self) })
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
    func reply(_ id: Int64, _ content: some Encodable & Sendable) {
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

    private func serve(_ id: Int64, _ method: String, _ params: JSON) throws(WireError) {
        if method == Welcome.method { return welcome(id) }
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

    /// The first screen shows what is in service: modules that are seen for the first time get a
    /// moment to be examined.
    private func welcome(_ id: Int64) {
        server.pool.run {
            self.server.waitForModules()
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

    private func runTask(_ id: Int64, _ run: RunTask) {
        let arguments: CallOrder.Arguments =
            run.text.map { .bytes(Array($0.utf8)) } ?? .json(run.arguments ?? [:])
        let order = CallOrder(run.task, arguments, timeoutSeconds: run.timeoutSeconds)
        let number = server.dispatcher.newCallID()
        let call = RemoteCall(
            request: id, call: number, session: self, alarms: server.alarms)
        var news = TaskNews(request: id, call: number)
        news.note = run.task
        notify(TaskNews.started, news)
        // Not on the transport's thread: a task of mode thread would run there.
        server.pool.run { self.server.dispatcher.call(order, id: number, call) }
    }

    private func cancel(_ id: Int64, _ cancel: CancelTask) throws(WireError) {
        guard server.dispatcher.board.cancel(cancel.call) else {
            throw .notFound("no call \(cancel.call) is running")
        }
        reply(id, [String: String]())
    }

    private func reload(_ id: Int64, _ params: JSON) throws(WireError) {
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
    private func checkHealth(_ id: Int64, _ params: JSON) throws(WireError) {
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

    private func showConfiguration(_ id: Int64) {
        let configuration = server.configuration.current
        send(
            .reply(
                id: id,
                result: [
                    "text": .string(ConfigurationText.show(configuration)),
                    "json": ConfigurationText.showJSON(configuration),
                ]))
    }

    private func recentLog(_ id: Int64, _ params: JSON) {
        let count = Int(clamping: params["count"]?.integer ?? 20)
        reply(id, server.log.recent(max(0, count), module: params["module"]?.string))
    }
}
