import KernelBase
import KernelBuilds
import KernelCalls
import KernelChats
import KernelConfig
import KernelGenerations
import KernelLoader
import KernelStore
import KernelSystem
import KernelTasks
import KernelWire
import ModuleJSON
import Synchronization

/// The kernel's side of one client.
final class Session: Sendable {
    let server: KernelServer
    private let transport: any WireTransport
    private let isInitialized = Atomic(false)
    /// Who has not been welcomed hears no news.
    private let isWelcome = Atomic(false)
    private let state = Mutex(State())
    /// Made when it is first used, and let go of with the client.
    private let ownChat = Mutex<ClientChat?>(nil)

    private struct State {
        /// Where the client's relative paths start; nil: where the kernel's do.
        var folder: String?
        var client = "client"
        var terminal: String?
        /// The durable tasks that it handed in, or all of them.
        var tasks: Set<TaskID> = []
        var watchesAllTasks = false
        /// The calls that end with this client.
        var calls: Set<UInt64> = []
        var waits: [ObjectIdentifier: WaitingClient] = [:]
        var isClosed = false
    }

    init(_ server: KernelServer, _ transport: any WireTransport) {
        self.server = server
        self.transport = transport
    }

    func start() {
        var reader = WireReader(receive: { self.receive($0) }, closed: { self.end() })
        reader.relieved = { self.ownChat.withLock { $0 }?.relieved() }
        transport.start(reader)
    }

    var isCrowded: Bool { transport.isCrowded }

    /// Nobody waits any more for what this client wanted done.
    private func end() {
        server.sessionEnded(self)
        let (calls, waits) = state.withLock { state in
            state.isClosed = true
            defer {
                state.calls = []
                state.waits = [:]
            }
            return (state.calls, state.waits)
        }
        for wait in waits.values { wait.end() }
        let chat = ownChat.withLock { chat in
            defer { chat = nil }
            return chat
        }
        chat?.end()
        for call in calls { _ = server.dispatcher.board.cancel(call) }
    }

    func callEnded(_ call: UInt64) {
        _ = state.withLock { $0.calls.remove(call) }
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

    /// Of what many are told, the line is made once.
    func send(_ message: WireMessage, line: [UInt8]) {
        transport.send(message, line: line)
    }

    var hearsNews: Bool { isWelcome.load(ordering: .acquiring) }

    // MARK: Durable tasks

    var clientName: String { state.withLock { $0.client } }

    /// Whose turn it is goes by this: each terminal has its own.
    var submitter: String {
        state.withLock { state in
            state.terminal.map { "\(state.client) \($0)" } ?? state.client
        }
    }

    private static let tasksMax = 10_000

    /// The client hears what becomes of these, as long as they are not too many.
    func hearOf(_ ids: [TaskID]) {
        state.withLock { state in
            guard state.tasks.count + ids.count <= Self.tasksMax else { return }
            state.tasks.formUnion(ids)
        }
    }

    /// They never came to be.
    func forget(_ ids: Set<TaskID>) {
        state.withLock { $0.tasks.subtract(ids) }
    }

    /// False if the client is gone.
    func add(_ wait: WaitingClient) -> Bool {
        state.withLock { state in
            guard !state.isClosed else { return false }
            state.waits[ObjectIdentifier(wait)] = wait
            return true
        }
    }

    func remove(_ wait: WaitingClient) {
        _ = state.withLock { $0.waits.removeValue(forKey: ObjectIdentifier(wait)) }
    }

    func watchTasks() {
        state.withLock { $0.watchesAllTasks = true }
    }

    /// Progress and output are for those who watch.
    func hears(of event: TaskEvent) -> Bool {
        state.withLock { state in
            if state.watchesAllTasks { return true }
            guard case .changed(let record) = event.kind, state.tasks.contains(record.id) else {
                return false
            }
            if record.state.isEnd { state.tasks.remove(record.id) }
            return true
        }
    }

    // MARK: Chats

    /// Nil where no models are, or the client is gone.
    var chat: ClientChat? {
        guard let desk = server.chats, !state.withLock({ $0.isClosed }) else { return nil }
        return ownChat.withLock { chat in
            let known = chat ?? ClientChat(desk, self)
            chat = known
            return known
        }
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
        guard WireMethod.requests.contains(method) else { throw .unknownMethod(method) }
        switch method {
        case RunCall.method: runCall(id, try Self.decode(params))
        case CancelCall.method: try cancel(id, try Self.decode(params))
        case WireMethod.listModules: later { $0.reply(id, $0.server.modules.all) }
        case WireMethod.reloadModule: try reload(id, params)
        case LiftModule.method: try lift(id, try Self.decode(params))
        case WireMethod.listCalls: reply(id, server.runningCalls)
        case WireMethod.showConfiguration: showConfiguration(id)
        case WireMethod.recentLog: recentLog(id, params)
        case HealthReport.method: try checkHealth(id, params)
        case BackUp.method: try backUp(id, try Self.decode(params))
        default:
            if try serveTasks(id, method, params) { return }
            try serveChats(id, method, params)
        }
    }

    private func welcome(
        _ id: RequestID, _ introduction: Introduction
    ) throws(WireError) {
        try server.check(introduction)
        state.withLock { state in
            state.folder = introduction.folder
            state.client = introduction.client.map { String($0.prefix(64)) } ?? state.client
            state.terminal = introduction.terminal.map { String($0.prefix(32)) }
        }
        // What comes on its heels is served.
        isInitialized.store(true, ordering: .releasing)
        // The first screen shows what is in service: modules that are seen for the first time get
        // a moment to be examined.
        server.whenSettled {
            let welcome = self.server.makeWelcome(showsNews: introduction.showsNews == true) {
                self.isWelcome.store(true, ordering: .releasing)
            }
            self.reply(id, welcome)
        }
    }

    /// For answers that take a while: the thread of the transport serves all clients.
    private func later(_ body: @escaping @Sendable (Session) -> Void) {
        server.answerPool.run { body(self) }
    }

    static func decode<Content: Decodable>(_ params: JSON) throws(WireError) -> Content {
        do {
            return try params.decode(Content.self)
        } catch {
            throw .badParameters("\(error)")
        }
    }

    private func runCall(_ id: RequestID, _ run: RunCall) {
        let arguments: CallOrder.Arguments =
            run.text.map { .bytes(Array($0.utf8)) }
            ?? .json(server.arguments(run.arguments ?? [:], ofCall: run.task, in: folder))
        let order = CallOrder(run.task, arguments, timeoutSeconds: run.timeoutSeconds)
        let number = server.dispatcher.newCallID()
        server.dispatcher.board.announce(number)
        let call = RemoteCall(
            request: id, call: number, session: self, alarms: server.alarms)
        var news = CallNews(request: id, call: number)
        news.note = run.task
        let isWanted = state.withLock { state in
            if !state.isClosed { state.calls.insert(number) }
            return !state.isClosed
        }
        guard isWanted else { return server.dispatcher.board.withdraw(number) }
        notify(CallNews.started, news)
        // Not on the transport's thread: a task of mode thread would run there.
        server.pool.run {
            self.server.dispatcher.call(order, id: number, call)
            // One that was refused has never been among the calls in flight.
            self.server.dispatcher.board.withdraw(number)
        }
    }

    var folder: String? { state.withLock { $0.folder } }

    private func cancel(_ id: RequestID, _ cancel: CancelCall) throws(WireError) {
        if let task = server.dispatcher.board.call(cancel.call)?.facts.durableTask {
            throw .refused(
                "call \(cancel.call) is an attempt of the durable task \(task): cancel that one")
        }
        guard server.dispatcher.board.cancel(cancel.call) else {
            throw .notFound("no call \(cancel.call) is running")
        }
        reply(id, [String: String]())
    }

    private func reload(_ id: RequestID, _ params: JSON) throws(WireError) {
        guard let module = params["id"]?.string else {
            throw .badParameters("\"id\" must name a module")
        }
        guard server.reload(module, { self.reply(id, $0) }) else {
            throw .notFound("no module \"\(module)\" is in service\(hint(for: module))")
        }
    }

    private func hint(for module: String) -> String {
        Spelling.hint(for: module, among: server.loader.slots.map(\.id))
    }

    private func lift(_ id: RequestID, _ lift: LiftModule) throws(WireError) {
        let lifted = server.lift(lift.id)
        guard lifted != .unknownModule else {
            throw .notFound("there is no module \"\(lift.id)\"\(hint(for: lift.id))")
        }
        reply(id, LiftModule.Outcome(wasLifted: lifted == .lifted))
    }

    /// The modules are asked at once, and not on the thread of the transport.
    private func checkHealth(_ id: RequestID, _ params: JSON) throws(WireError) {
        let module = params["module"]?.string
        if let module, server.loader.slot(module) == nil {
            throw .notFound("there is no module \"\(module)\"\(hint(for: module))")
        }
        server.whenSettled {
            self.server.health.report(on: module) { report in
                let isFull = params["full"]?.bool == true
                // Of one module, what is wrong with all else is no trouble.
                self.complete(report, tellsTroubles: module == nil, isFull: isFull) {
                    self.reply(id, $0)
                }
            }
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
        let module = params["module"]?.string
        later { $0.reply(id, $0.server.log.recent(max(0, count), module: module)) }
    }
}
