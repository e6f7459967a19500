import KernelBase
import KernelHTTP
import KernelModels
import KernelSystem
import ModuleChat

/// The thread of the local models: what happens to each goes through its `ServerLife`, and what
/// that says is done here.
final class LocalLoop {
    let places: LocalModels.Places
    let folder: LocalFolder
    let client: HTTPClient
    let orders: LocalOrders
    private let board: LocalBoard
    private let news: LocalModels.News
    let loads: LocalModels.Loads

    var setup = LocalSetup()
    /// Also those that the configuration has no more, until their servers have ended.
    var servers: [UInt64: LocalServer] = [:]
    var headers: [String: (status: FileStatus, header: GGUFHeader)] = [:]
    var loadSeconds: [String: Double]
    private var lastToken: UInt64 = 0
    private var lastQuestion: UInt64 = 0
    private var hasInherited = false
    private(set) var isStopping = false

    static let isStopping = ChatFailure(.cancelled, "the kernel is stopping")

    private static let progressSeconds = 0.25
    private static let logCheckSeconds = 60.0
    private var nextLogCheck: UInt64 = 0

    init(
        _ places: LocalModels.Places, _ folder: LocalFolder, _ client: HTTPClient,
        _ orders: LocalOrders, _ board: LocalBoard, _ ears: LocalModels.Ears
    ) {
        self.places = places
        self.folder = folder
        self.client = client
        self.orders = orders
        self.board = board
        news = ears.news
        loads = ears.loads
        loadSeconds = folder.loadSeconds()
    }

    func run() {
        while !(isStopping && !servers.values.contains { $0.process != nil }) {
            let now = SystemClock.monotonicNanoseconds
            let due = nextDue.map { $0 > now ? ($0 - now) / 1_000_000 + 1 : 0 }
            wait(milliseconds: due.map { Int32(clamping: $0) })
            for order in orders.take() { carryOut(order) }
            for server in Array(servers.values) { serveDue(server) }
            checkLogs()
            removeGone()
            publish()
            tellLoads()
        }
        for order in orders.close() { refuse(order) }
        for server in servers.values { server.tellExplanations(nil) }
        board.end()
    }

    /// Before anybody is told of a change, so that who looks right after sees it.
    private func publish() {
        board.publish(servers.values.filter { !$0.isRemoved }.map(\.status))
    }

    func tell(_ server: LocalServer, _ level: LogLevel, _ text: String) {
        news(LocalNews(model: server.name, level: level, text: text))
    }

    func server(named name: String) -> LocalServer? {
        servers.values.first { $0.name == name && !$0.isRemoved }
    }

    // MARK: Time

    private var nextDue: UInt64? {
        var times = servers.values.compactMap(\.dueNanoseconds)
        if servers.values.contains(where: { $0.process != nil }) { times.append(nextLogCheck) }
        return times.min()
    }

    private func wait(milliseconds: Int32?) {
        let tokens = (try? orders.poller.wait(timeoutMilliseconds: milliseconds)) ?? []
        for token in tokens where token != LocalOrders.token {
            if let server = servers[token] { processEnded(server) }
        }
    }

    private func serveDue(_ server: LocalServer) {
        let now = SystemClock.monotonicNanoseconds
        if let due = server.life.dueNanoseconds(server.policy), due <= now {
            feed(server, .due)
        }
        if server.isLoading, server.question == nil, server.nextQuestion <= now {
            askHealth(server)
        }
        if let due = server.explanationDue, due <= now { server.tellExplanations(nil) }
        if !server.waiting.isEmpty, server.nextProgress <= now {
            server.nextProgress = now + UInt64(Self.progressSeconds * 1e9)
            let progress = server.progress(now: now)
            for borrower in server.waiting { borrower.progress(progress) }
        }
    }

    private func checkLogs() {
        let now = SystemClock.monotonicNanoseconds
        guard now >= nextLogCheck else { return }
        nextLogCheck = now + UInt64(Self.logCheckSeconds * 1e9)
        for server in servers.values where server.process != nil {
            folder.limitLog(of: server.name)
        }
    }

    private func removeGone() {
        for (token, server) in servers where server.isRemoved {
            if server.process == nil, !server.isWanted { servers[token] = nil }
        }
    }

    // MARK: Orders

    private func carryOut(_ order: LocalOrder) {
        switch order {
        case .use(let setup): use(setup)
        case .borrow(let borrower, let name): lend(name, to: borrower)
        case .giveBack(let number): takeBack(number)
        case .explain(let number, let done): explain(number, done)
        case .unload(let name, let done): unload(name, done)
        case .answered(let question, let answer): answered(question, answer)
        case .stop: stop()
        case .killAll:
            for server in servers.values { server.process?.kill() }
        }
    }

    private func refuse(_ order: LocalOrder) {
        switch order {
        case .borrow(let borrower, _): borrower.done(.failure(Self.isStopping))
        case .explain(_, let done): done(nil)
        case .unload(_, let done): done(.success(()))
        case .use, .giveBack, .answered, .stop, .killAll: break
        }
    }

    private func use(_ setup: LocalSetup) {
        let isOtherProgram = setup.program != self.setup.program
        self.setup = setup
        for server in Array(servers.values) {
            guard let model = setup.models[server.name], !server.isRemoved else {
                server.isRemoved = true
                restIfIdle(server)
                continue
            }
            server.policy = policy(of: model)
            guard model != server.model || isOtherProgram else { continue }
            server.model = model
            server.isStale = true
            server.memoryBytes = nil
            feed(server, .forgiven)
            restIfIdle(server)
        }
        for model in setup.models.values where server(named: model.name) == nil { add(model) }
        if !hasInherited {
            hasInherited = true
            inherit()
        }
    }

    private func policy(of model: LocalModel) -> ServerLife.Policy {
        var policy = ServerLife.Policy()
        policy.loadSeconds = setup.loadSeconds
        policy.idleSeconds = setup.idleSeconds
        policy.hasFixedPort = model.port != nil
        return policy
    }

    @discardableResult
    private func add(_ model: LocalModel) -> LocalServer {
        lastToken += 1
        let server = LocalServer(model, token: lastToken)
        server.policy = policy(of: model)
        server.expectedLoadSeconds = loadSeconds[model.name]
        servers[server.token] = server
        return server
    }

    private func lend(_ name: String, to borrower: LocalBorrower) {
        guard !isStopping else { return borrower.done(.failure(Self.isStopping)) }
        guard let server = server(named: name) else {
            return borrower.done(.failure(Self.unknown(name)))
        }
        if case .failed = server.life.state,
            !borrower.isHolder || files(of: server) != server.failedFiles
        {
            feed(server, .forgiven)
        }
        server.waiting.append(borrower)
        server.nextProgress = 0
        feed(server, .wanted)
    }

    private static func unknown(_ name: String) -> ChatFailure {
        ChatFailure(.modelNotFound, "no model of this machine is called \"\(name)\"")
    }

    private func takeBack(_ number: UInt64) {
        for server in Array(servers.values) {
            if let index = server.waiting.firstIndex(where: { $0.number == number }) {
                let borrower = server.waiting.remove(at: index)
                borrower.done(.failure(ChatFailure(.cancelled, "cancelled")))
            } else if server.holders.remove(number) == nil {
                continue
            }
            server.crashedHolders.remove(number)
            return settle(server)
        }
    }

    /// Somebody has gone: perhaps nobody wants it any more.
    func settle(_ server: LocalServer) {
        guard !server.isWanted else { return }
        if server.life.isWanted { feed(server, .unwanted) }
        if server.isStale || server.isRemoved { restIfIdle(server) }
    }

    private func restIfIdle(_ server: LocalServer) {
        if !server.isWanted { feed(server, .rest) }
    }

    private func unload(
        _ name: String, _ done: @escaping @Sendable (Result<Void, ChatFailure>) -> Void
    ) {
        guard let server = server(named: name) else {
            return done(.failure(Self.unknown(name)))
        }
        guard !server.isWanted else {
            return done(
                .failure(
                    ChatFailure(
                        .badRequest,
                        "\(name) is in use: it can be unloaded when its answer is over")))
        }
        server.unloading.append(done)
        feed(server, .rest)
    }

    private func explain(_ number: UInt64, _ done: @escaping LocalLoan.Explanation) {
        guard let server = servers.values.first(where: { $0.holders.contains(number) }) else {
            return done(nil)
        }
        // Whoever talked to the server may hear that it is gone before we do.
        guard server.crashedHolders.contains(number) else { return server.explainSoon(done) }
        done(server.lastReason)
    }

    private func stop() {
        isStopping = true
        for server in Array(servers.values) {
            let waiting = server.waiting
            server.waiting = []
            for borrower in waiting { borrower.done(.failure(Self.isStopping)) }
            server.holders = []
            settle(server)
            feed(server, .rest)
        }
    }

    // MARK: What the lives say

    func feed(_ server: LocalServer, _ event: ServerLife.Event) {
        let now = SystemClock.monotonicNanoseconds
        let actions = server.life.take(event, server.policy, now: now)
        for action in actions { carryOut(action, server) }
        if !server.unloading.isEmpty, !server.life.isRunning {
            let unloading = server.unloading
            server.unloading = []
            publish()
            for done in unloading { done(.success(())) }
        }
    }

    private func carryOut(_ action: ServerLife.Action, _ server: LocalServer) {
        switch action {
        case .look: lookForLent(server)
        case .askForRoom: makeRoom(for: server)
        case .start: start(server)
        case .terminate: server.process?.terminate()
        case .kill: server.process?.kill()
        case .tellReady: tellReady(server)
        case .tellFailure(let reason): tellFailure(server, reason)
        }
    }

    private func tellReady(_ server: LocalServer) {
        guard let loaded = server.loaded else { return }
        let waiting = server.waiting
        server.waiting = []
        for borrower in waiting where borrower.isHolder { server.holders.insert(borrower.number) }
        publish()
        for borrower in waiting { borrower.done(.success(loaded)) }
        settle(server)
    }

    private func tellFailure(_ server: LocalServer, _ reason: String) {
        server.lastReason = reason
        server.failedFiles = files(of: server)
        tell(server, .error, reason)
        let waiting = server.waiting
        server.waiting = []
        let failure = ChatFailure(.server, "the model \(server.name) cannot be used: \(reason)")
        publish()
        for borrower in waiting { borrower.done(.failure(failure)) }
        settle(server)
    }

    // MARK: Numbers

    func nextQuestionNumber() -> UInt64 {
        lastQuestion += 1
        return lastQuestion
    }

    /// A server that a kernel before this one has left, of a model that is configured no more.
    func addStray(_ name: String) -> LocalServer {
        let server = add(LocalModel(name: name, file: ""))
        server.isRemoved = true
        return server
    }

    func watch(_ server: LocalServer, _ process: ServerProcess) {
        try? orders.poller.add(process.watched, token: server.token)
    }

    func unwatch(_ process: ServerProcess) {
        try? orders.poller.remove(process.watched)
    }
}
