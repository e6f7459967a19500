import KernelBase
import KernelBuilds
import KernelCalls
import KernelConfig
import KernelGenerations
import KernelLoader
import KernelStore
import KernelSystem
import KernelTasks
import KernelTesting
import KernelWire
import KernelWorkers
import ModuleJSON
import Synchronization
import Testing

@testable import KernelServer

/// A kernel with its server, for one test: as the program puts it together, but for the watcher.
final class ServerBench: Sendable {
    let folder: TemporaryFolder
    let server: KernelServer
    let loader: ModuleLoader
    let log: LogStore
    static let callThreadsMax = 16
    private let pool = ThreadPool(name: "calls", threadsMax: ServerBench.callThreadsMax)
    private let lifecycle = ThreadPool(name: "lifecycle", threadsMax: 16)
    private let mainLoop: MainLoop
    private let alarms: Alarms
    private let zygote: Zygote
    private let output: OutputCollector
    private let dispatcher: Dispatcher
    private let store: SQLiteStore
    private let engine: TaskEngine
    private let relay = Relay()
    private let tasksRunningMax = Condition(32)

    /// What parts that are made before the server tell it.
    private final class Relay: Sendable {
        let server = Mutex<KernelServer?>(nil)

        func tell(_ event: LoaderEvent) {
            server.withLock { $0 }?.broadcast(NewsText.news(event))
        }
    }

    init() throws {
        folder = try TemporaryFolder()
        let relay = relay
        let log = LogStore { line in relay.server.withLock { $0 }?.broadcast(line) }
        self.log = log
        mainLoop = try MainLoop()
        alarms = try Alarms()
        let zygote = try Zygote(executable: try Program.built("kernel-zygote")) { _ in }
        self.zygote = zygote
        output = try OutputCollector()
        let environment = LoaderEnvironment(
            pool: pool, lifecyclePool: lifecycle, mainLoop: mainLoop, alarms: alarms,
            zygote: { zygote }, output: output,
            settings: { _ in KernelGenerations.ModuleSettings() },
            report: { relay.tell($0) }, log: { log.add($0) })
        loader = ModuleLoader(
            environment: environment,
            options: LoaderOptions(
                storeFolder: folder.file("store"), indexFile: folder.file("index")))
        dispatcher = try Dispatcher(
            loader: loader, pool: pool, mainLoop: mainLoop, alarms: alarms,
            options: Dispatcher.Options(), report: { relay.tell($0) })
        server = KernelServer(
            dispatcher: dispatcher, loader: loader, configuration: try Self.keeper(folder),
            log: log, pools: .init(calls: pool, lifecycle: lifecycle), alarms: alarms,
            facts: .init(version: "1.2.3", process: 42, isDevelopment: true))
        store = try SQLiteStore(folder: folder.file("state"))
        var options = TaskOptions()
        let (tasksRunningMax, limits) = (tasksRunningMax, TaskLimits())
        options.limits = {
            var limits = limits
            limits.runningMax = tasksRunningMax.withLock { $0 }
            return limits
        }
        engine = try TaskEngine(
            records: store.tasks,
            runner: DispatcherRunner(dispatcher: dispatcher, pool: pool),
            options: options,
            observe: { event in relay.server.withLock { $0 }?.tell(event) },
            report: { report in relay.server.withLock { $0 }?.broadcast(NewsText.news(report)) })
        server.attach(engine)
        engine.start()
        relay.server.withLock { [server] in $0 = server }
        try Files.makeDirectories(folder.file("modules"))
        let mainLoop = mainLoop
        try SystemThread.start(name: "main loop") { try? mainLoop.runJobsUntilStopped() }
    }

    private static func keeper(_ folder: TemporaryFolder) throws -> ConfigurationKeeper {
        let environment = ["HOME": folder.path]
        let process = Paths.Process(
            environment: environment, userId: ProcessFacts.user, workingFolder: folder.path,
            executable: nil, homeFolder: folder.path)
        let paths = try Paths(process, configuration: nil, isDevelopment: false)
        return try ConfigurationKeeper(
            paths: paths, environment: environment,
            secrets: .system(environment: environment))
    }

    deinit {
        relay.server.withLock { $0 = nil }
        engine.stop(withinSeconds: 5)
        store.close()
        loader.stop(withinSeconds: 5)
        dispatcher.close()
        mainLoop.stop()
        alarms.close()
        zygote.stop()
        output.close()
        pool.close()
        lifecycle.close()
    }

    /// Builds a fixture into the modules' folder and has it looked at.
    func install(
        _ fixture: String, as name: String? = nil, defining: [String] = []
    ) throws {
        let path = Path.join(folder.file("modules"), "\(name ?? fixture).so")
        let built = folder.file("built.so")
        try Fixture.build(fixture, defining: defining, to: built)
        try Files.rename(built, to: path)
        try find()
    }

    /// Looks at what lies in the modules' folder.
    func find() throws {
        loader.add([.init(folder.file("modules"), .folder, .user)])
        try waitFor("the modules to be examined") { self.loader.isSettled }
    }

    /// No durable task begins from now on.
    func holdTasks() { tasksRunningMax.withLock { $0 = 0 } }

    /// A client that has not introduced itself.
    func connect() -> ServerClient {
        let (ours, theirs) = InMemoryTransport.pair()
        server.connect(ours)
        return ServerClient(theirs)
    }

    /// A client that has.
    func client() throws -> ServerClient {
        let client = connect()
        _ = try client.ask(Welcome.method)
        return client
    }
}

/// The other end of a session: hears everything, in order.
final class ServerClient: Sendable {
    private struct State {
        var lastID: Int64 = 0
        var heard: [WireMessage] = []
    }

    private let transport: InMemoryTransport
    private let state = Condition(State())

    /// Generous: nothing waits for so long unless something is broken.
    private static let patienceNanoseconds: UInt64 = 60_000_000_000

    init(_ transport: InMemoryTransport) {
        self.transport = transport
        transport.start(
            receive: { [state] message in
                state.withLock { $0.heard.append(message) }
                state.broadcast()
            }, closed: {})
    }

    deinit {
        transport.close()
    }

    var heard: [WireMessage] { state.withLock { $0.heard } }

    func close() { transport.close() }

    func send(_ message: WireMessage) { transport.send(message) }

    @discardableResult
    func begin(_ method: String, _ params: JSON = [:]) -> RequestID {
        let id = state.withLock { state in
            state.lastID += 1
            return RequestID(state.lastID)
        }
        send(.request(id: id, method: method, params: params))
        return id
    }

    func answer(to wanted: RequestID) throws -> Result<JSON, WireError> {
        try wait("an answer to request \(wanted)") { message in
            switch message {
            case .reply(wanted, let result): .success(result)
            case .failure(wanted, let error): .failure(error)
            default: nil
            }
        }
    }

    func ask(_ method: String, _ params: JSON = [:]) throws -> Result<JSON, WireError> {
        try answer(to: begin(method, params))
    }

    /// Runs a task of bytes to its end.
    func run(_ task: String) throws -> CallAnswer {
        let reply = try ask(RunCall.method, ["task": .string(task), "text": ""])
        return try reply.get().decode(CallAnswer.self)
    }

    /// Waits for a message that `match` wants, from the beginning on.
    func wait<Wanted>(_ what: String, _ match: (WireMessage) -> Wanted?) throws -> Wanted {
        let deadline = SystemClock.monotonicNanoseconds + Self.patienceNanoseconds
        return try #require(
            state.wait(untilNanoseconds: deadline) { $0.heard.lazy.compactMap(match).first },
            "waited for \(what); heard \(heard.suffix(5))")
    }

    /// The notifications of a method that have come so far.
    func notifications(_ wanted: String) -> [JSON] {
        heard.compactMap { message in
            guard case .notification(wanted, let params) = message else { return nil }
            return params
        }
    }
}
