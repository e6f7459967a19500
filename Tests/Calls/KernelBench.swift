import KernelBase
import KernelBuilds
import KernelGenerations
import KernelHosting
import KernelLoader
import KernelResidence
import KernelStore
import KernelSystem
import KernelTesting
import KernelWorkers
import ModuleJSON
import Synchronization
import Testing

@testable import KernelCalls

/// A whole kernel without its clients, for one test: loader, dispatcher, workers, and a main loop
/// on a thread of its own, since the main thread belongs to the test runner.
final class KernelBench: Sendable {
    let folder: TemporaryFolder
    let pool: ThreadPool
    let lifecycle = ThreadPool(name: "lifecycle", threadsMax: 16)
    let mainLoop: MainLoop
    let alarms: Alarms
    let zygote: Zygote
    let output: OutputCollector
    let loader: ModuleLoader
    let dispatcher: Dispatcher
    let events = EventList()
    private let turn = Mutex<WatcherTurn?>(nil)
    var modules: String { folder.file("modules") }

    struct Options {
        var loader: LoaderOptions
        var dispatcher = Dispatcher.Options()
        var settings: @Sendable (Manifest) -> ModuleSettings = { _ in ModuleSettings() }
        var threadsMax = 32
        /// Where modules live; nil: in the kernel.
        var isolation: (@Sendable (IsolationQuestion) -> IsolationDecision)?
        var policy = RestartPolicy()
        /// Which module the configuration chooses, by interface.
        var providers: @Sendable (String) -> [String: String] = { _ in [:] }
        var records: (any QuarantineRecords)?

        /// All modules live in workers of their own.
        mutating func isolate() {
            isolation = { _ in IsolationDecision(.process, .configuration) }
        }
    }

    init(_ change: (inout Options) -> Void = { _ in }) throws {
        let folder = try TemporaryFolder()
        let events = events
        self.folder = folder
        mainLoop = try MainLoop()
        alarms = try Alarms()
        zygote = try Zygote(executable: try Program.built("kernel-zygote")) { _ in }
        output = try OutputCollector()
        var options = Options(
            loader: LoaderOptions(
                storeFolder: folder.file("store"), indexFile: folder.file("index")))
        // Short enough for a test, long enough that a busy machine keeps them.
        options.loader.probationSeconds = 0.5
        options.loader.removedSeconds = 0.2
        options.loader.modulesStateFolder = folder.file("state")
        change(&options)
        let zygote = zygote
        pool = ThreadPool(name: "calls", threadsMax: options.threadsMax)
        var environment = LoaderEnvironment(
            pool: pool, lifecyclePool: lifecycle, mainLoop: mainLoop, alarms: alarms,
            zygote: { zygote }, output: output, settings: options.settings,
            report: { events.add($0) }, log: { events.add($0) })
        if let isolation = options.isolation { environment.isolation = isolation }
        environment.providers = options.providers
        environment.containment = Containment(
            policy: options.policy, warn: { events.add(LoaderEvent.warning($0)) })
        if let records = options.records { environment.containment.attach(records) }
        loader = ModuleLoader(environment: environment, options: options.loader)
        dispatcher = try Dispatcher(
            loader: loader, pool: pool, mainLoop: mainLoop, alarms: alarms,
            options: options.dispatcher, report: { events.add($0) })
        try Files.makeDirectories(modules)
        let mainLoop = mainLoop
        try SystemThread.start(name: "main loop") { try? mainLoop.runJobsUntilStopped() }
    }

    /// With a store and an index that outlive it.
    convenience init(remembering folder: TemporaryFolder) throws {
        try self.init {
            $0.loader.storeFolder = folder.file("store")
            $0.loader.indexFile = folder.file("index")
        }
    }

    deinit {
        loader.stop(withinSeconds: 5)
        dispatcher.close()
        mainLoop.stop()
        alarms.close()
        zygote.stop()
        output.close()
        pool.close()
        lifecycle.close()
    }

    /// Follows the modules' folder from now on.
    func watch() throws {
        turn.withLock { $0 = WatcherTurn() }
        loader.add([.init(modules, .folder, .user)])
        try loader.startWatching(privateFolder: folder.file("watch"))
    }

    // MARK: Files

    func path(_ name: String) -> String { Path.join(modules, name) }

    /// Builds a fixture beside the modules' folder.
    func build(
        _ fixture: String, defining: [String] = [], linking: [String] = []
    ) throws -> String {
        let built = folder.file("built-\(UInt64.random(in: 0...UInt64.max)).so")
        try Fixture.build(fixture, defining: defining, linking: linking, to: built)
        return built
    }

    /// Builds a fixture and moves it in, as an installer does.
    func install(
        _ fixture: String, as name: String = "module.so", defining: [String] = [],
        linking: [String] = []
    ) throws {
        try Files.rename(
            try build(fixture, defining: defining, linking: linking), to: path(name))
    }

    /// Puts a copy of a file in place at once.
    func move(_ built: String, to name: String) throws {
        let fresh = path(name + ".fresh")
        let source = try FileDescriptor.open(built, .read)
        let target = try FileDescriptor.open(fresh, .write, creating: .ifMissing())
        try Files.copy(source, to: target)
        try Files.rename(fresh, to: path(name))
    }

    /// As `install`, and waits until it serves.
    @discardableResult
    func serve(
        _ fixture: String, as name: String = "module.so", defining: [String] = []
    ) throws -> LoaderEvent.Reloaded {
        try install(fixture, as: name, defining: defining)
        return try nextServing()
    }

    /// As `install`, and waits until it is refused.
    func refusal(
        _ fixture: String, as name: String = "module.so", defining: [String] = [],
        linking: [String] = []
    ) throws -> LoaderEvent.Refused {
        try install(fixture, as: name, defining: defining, linking: linking)
        return try nextRefused()
    }

    // MARK: Events

    func nextServing() throws -> LoaderEvent.Reloaded {
        try #require(
            events.next { event -> LoaderEvent.Reloaded? in
                guard case .serving(let reloaded) = event else { return nil }
                return reloaded.module.hasPrefix("barrier-") ? nil : reloaded
            },
            "no build came into service; what came: \(events.recent)")
    }

    func nextRefused() throws -> LoaderEvent.Refused {
        try #require(
            events.next { if case .refused(let refused) = $0 { refused } else { nil } },
            "no build was refused; what came: \(events.recent)")
    }

    func nextReturned() throws -> String {
        try #require(
            events.next { if case .returned(_, _, let reason) = $0 { reason } else { nil } },
            "no build was taken back; what came: \(events.recent)")
    }

    /// Waits until a worker that a module lives in ends; returns why, and what follows.
    func nextEnded() throws -> (reason: String, consequence: String) {
        try #require(
            events.next {
                if case .ended(_, let reason, let then) = $0 { (reason, then) } else { nil }
            }, "no worker ended; what came: \(events.recent)")
    }

    /// The worker that a module lives in.
    func resident(_ module: String = "fixture") throws -> Resident {
        try #require(loader.slot(module)?.current?.instanceIfPresent as? Resident)
    }

    /// Waits until everything that was hinted at before has been looked at: a file of its own is
    /// written after it, settles after it, and comes into service.
    func barrier() throws {
        let number = UInt64.random(in: 0...UInt64.max)
        let built = try build("answer", defining: ["FIXTURE_ID=\"barrier-\(number)\""])
        try Shell.run("cp \(built) \(path("barrier-\(number).so"))")
        _ = try #require(
            events.any {
                if case .serving(let new) = $0 { new.module == "barrier-\(number)" } else { false }
            })
        try waitFor("the loader to settle") { self.loader.isSettled }
    }

    /// The events about one module from an index on.
    func reloads(of module: String = "fixture", since index: Int = 0) -> [LoaderEvent.Reloaded] {
        events.events.dropFirst(index).compactMap {
            if case .serving(let new) = $0, new.module == module { new } else { nil }
        }
    }

    // MARK: Calls

    func call(_ address: String, _ text: String = "", timeoutSeconds: Double? = nil)
        -> CallOutcome
    {
        begin(address, text, timeoutSeconds: timeoutSeconds).wait()
    }

    /// Begins a call without waiting for it.
    func begin(_ address: String, _ text: String = "", timeoutSeconds: Double? = nil)
        -> WaitingListener
    {
        let listener = WaitingListener()
        let order = CallOrder(
            address, .bytes(Array(text.utf8)), timeoutSeconds: timeoutSeconds)
        listener.id = dispatcher.newCallID()
        dispatcher.call(order, id: listener.id, listener)
        return listener
    }

    /// What `fixture.answer` says.
    var answer: String { call("fixture.answer").text }
}

extension CallOutcome {
    /// The value, or the status and the reason why there is none.
    var text: String {
        succeeded ? String(decoding: value, as: UTF8.self) : "\(status.name): \(message)"
    }
}

/// A switch that a test turns.
final class Toggle: Sendable {
    private let state = Mutex(false)

    var isOn: Bool {
        get { state.withLock { $0 } }
        set { state.withLock { $0 = newValue } }
    }
}
