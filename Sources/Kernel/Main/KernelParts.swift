import KernelBase
import KernelBrokers
import KernelBuilds
import KernelCalls
import KernelConfig
import KernelDevelopment
import KernelFlight
import KernelGenerations
import KernelHTTP
import KernelHosting
import KernelLoader
import KernelResidence
import KernelSandbox
import KernelServer
import KernelStore
import KernelSystem
import KernelTasks
import KernelWorkers
import Synchronization

/// A whole kernel, put together: the only place that knows everyone.
final class KernelParts: Sendable {
    let configuration: ConfigurationKeeper
    let mainLoop: MainLoop
    let loader: ModuleLoader
    let dispatcher: Dispatcher
    let server: KernelServer
    let log: LogStore
    let useWatch: KernelUseWatch
    private let alarms: Alarms
    private let zygote: LazyZygote
    private let lifecyclePool: ThreadPool
    private let purpose: Purpose
    private let follower: ConfigurationFollower
    private let tell: @Sendable (LoaderEvent) -> Void
    /// The modules in the making, if this is a kernel for development.
    private let development: DevelopmentModules?
    private let door = Mutex<KernelDoor?>(nil)
    /// Nil in safe mode with a database that cannot be used.
    private let tasks: TaskParts?
    private let chats: ChatParts

    static let version = "0.1.0"

    private static let commandSettleSeconds = 15.0

    /// How long the end waits for the modules.
    private static let stopSeconds = 5.0

    /// The store is cleaned when whoever waits for the start has been answered.
    private static let cleanSeconds = 2.0

    init(
        configuration: ConfigurationKeeper, output: OutputCollector, purpose: Purpose
    ) throws {
        let isDevelopment = purpose.isDevelopment
        // An author's debugger may look into his own kernel.
        if !isDevelopment { Sandbox.hideMemory() }
        let paths = configuration.paths
        self.configuration = configuration
        let current = configuration.current
        let news = NewsRelay()
        tell = { news.tell($0) }
        log = LogStore { news.tell($0) }
        let log = log
        mainLoop = try MainLoop()
        alarms = try Alarms()
        zygote = LazyZygote { log.add(LogLine(module: "kernel", level: .warning, text: $0)) }
        let pool = ThreadPool(name: "calls", threadsMax: current.kernel.callThreadsMax)
        let lifecyclePool = ThreadPool(name: "lifecycle", threadsMax: 32)
        self.lifecyclePool = lifecyclePool
        var environment = LoaderEnvironment(
            pool: pool, lifecyclePool: lifecyclePool,
            mainLoop: mainLoop, alarms: alarms, zygote: { [zygote] in try zygote.get() },
            output: output, settings: { configuration.settings(for: $0) },
            report: { news.tell($0) }, log: { log.add($0) })
        environment.providers = { configuration.providers(for: $0) }
        environment.isolation = { configuration.isolation(for: $0) }
        environment.containment = Self.containment(paths, lifecyclePool, news)
        let ground = try Self.ground(purpose, configuration, environment.containment)
        loader = ModuleLoader(
            environment: environment,
            options: Self.options(configuration, isDevelopment: isDevelopment))
        dispatcher = try Dispatcher(
            loader: loader, pool: pool, mainLoop: mainLoop, alarms: alarms,
            options: Self.dispatcherOptions(configuration), report: { news.tell($0) })
        useWatch = KernelUseWatch(
            dispatcher, alarms: alarms, pool: lifecyclePool, report: { news.tell($0) })
        server = KernelServer(
            dispatcher: dispatcher, loader: loader, configuration: configuration, log: log,
            pools: .init(calls: pool, lifecycle: lifecyclePool), alarms: alarms,
            facts: Self.facts(paths, purpose))
        let development =
            isDevelopment && purpose.stays && !purpose.isSafeMode
            ? DevelopmentModules(
                loader: loader, alarms: alarms, pool: lifecyclePool,
                options: Self.packageOptions(current.dev), report: { news.tell($0) }) : nil
        self.development = development
        self.purpose = purpose
        let runner = DispatcherRunner(dispatcher: dispatcher, pool: pool)
        tasks = try Self.openTasks(ground, purpose, runner, server, news)
        tasks?.attach(to: server)
        chats = ChatParts(
            dispatcher, configuration, tasks, alarms: alarms, log: log, news: news)
        server.attach(chats.desk)
        follower = ConfigurationFollower(
            keeper: configuration, loader: loader, log: log,
            lane: SerialLane(on: lifecyclePool),
            follow: { [server, tasks, chats] configuration in
                if let development { Self.follow(configuration, development, news) }
                server.askModules(everySeconds: configuration.kernel.healthSeconds)
                tasks?.engine?.limitsChanged()
                chats.follow(configuration)
            },
            tell: { news.tell($0) })
        news.attach(server, tasks?.engine)
    }

    /// What is missing at a start, the list of modules says.
    private static func follow(
        _ configuration: Configuration, _ development: DevelopmentModules, _ news: NewsRelay
    ) {
        development.set(configuration.dev.modules.map(\.absolute))
        // Those of [kernel] count after a restart.
        for missing in configuration.missingModules(isDevelopment: true)
        where missing.key == "dev.modules" {
            news.tell(.warning(missing.sentence))
        }
    }

    /// What is durable; in safe mode a kernel does without, should it be broken.
    private static func ground(
        _ purpose: Purpose, _ configuration: ConfigurationKeeper, _ containment: Containment
    ) throws -> Result<TaskParts.Ground, any Error> {
        let ground = Result { try TaskParts.Ground(purpose, configuration) }
        if !purpose.isSafeMode { _ = try ground.get() }
        // As early as can be: what is recorded is read while the modules are being found.
        if let ground = try? ground.get() { containment.attach(ground.store.quarantine) }
        return ground
    }

    /// What is known of builds that failed, with what the parent found out about crashes.
    private static func containment(
        _ paths: Paths, _ pool: ThreadPool, _ news: NewsRelay
    ) -> Containment {
        let warn: @Sendable (String) -> Void = { news.tell(.warning($0)) }
        let verdicts = BuildVerdicts(paths, on: pool, warn: warn)
        let containment = Containment(warn: warn, isolations: verdicts)
        verdicts.apply(to: containment)
        return containment
    }

    /// Nil in safe mode, which is there for putting right what is wrong, if they cannot be opened.
    private static func openTasks(
        _ ground: Result<TaskParts.Ground, any Error>, _ purpose: Purpose,
        _ runner: DispatcherRunner, _ server: KernelServer, _ news: NewsRelay
    ) throws -> TaskParts? {
        do {
            return try TaskParts(try ground.get(), runner: runner, news)
        } catch {
            guard purpose.isSafeMode else { throw error }
            server.noTasks(because: "\(error)")
            return nil
        }
    }

    static func indexFile(_ paths: Paths) -> String {
        Path.join(paths.stateFolder, "manifests")
    }

    private static func options(
        _ configuration: ConfigurationKeeper, isDevelopment: Bool
    ) -> LoaderOptions {
        let paths = configuration.paths
        let kernel = configuration.current.kernel
        var options = LoaderOptions(
            storeFolder: Path.join(paths.stateFolder, "store"),
            indexFile: indexFile(paths))
        options.modulesStateFolder = Path.join(paths.stateFolder, "modules")
        options.deadlines = {
            let kernel = configuration.current.kernel
            var deadlines = LoaderOptions.Deadlines()
            deadlines.probeSeconds = Double(kernel.probeDeadlineMilliseconds) / 1_000
            deadlines.lifecycleSeconds = deadlines.probeSeconds
            deadlines.drainSeconds = Double(kernel.drainDeadlineMilliseconds) / 1_000
            deadlines.probationSeconds = Double(kernel.probationSeconds)
            return deadlines
        }
        options.generationsMax = kernel.generationsMax
        options.generationBytesMax = kernel.generationsBytesMax
        options.workers.idleSeconds = Double(kernel.workerIdleSeconds)
        options.workers.workersMax = kernel.workersMax
        options.mainSlowMilliseconds = UInt64(kernel.mainSlowMilliseconds)
        options.watchesContract = isDevelopment
        options.refusesUnconfined = kernel.sandbox == .required
        return options
    }

    private static func facts(_ paths: Paths, _ purpose: Purpose) -> KernelServer.Facts {
        var facts = KernelServer.Facts(
            version: version, process: ProcessFacts.id, isDevelopment: purpose.isDevelopment)
        facts.isSafeMode = purpose.isSafeMode
        guard purpose.stays else {
            // A command has nobody to show anything to meanwhile, and no second chance.
            facts.settleSeconds = commandSettleSeconds
            return facts
        }
        let crashes = CrashNews(paths)
        facts.news =
            crashes.news + [purpose.parentProblem.map(CrashNews.noParent)].compactMap(\.self)
        facts.newsShown = { crashes.markShown() }
        return facts
    }

    /// What a kernel is started for.
    struct Purpose: Sendable {
        /// Modules of `dev.modules` too, and every breach of the contract told.
        var isDevelopment: Bool
        /// It stays, and follows the files; else it does one thing and ends.
        var stays: Bool
        /// Which durable tasks it runs; nil: it keeps none.
        var tasks: TaskOptions.Work?

        /// With the bundled modules only.
        var isSafeMode = false
        /// Why there is no parent; nil if there is, or none is wanted.
        var parentProblem: String?
    }

    private static func packageOptions(_ dev: DevSettings) -> PackageOptions {
        var options = PackageOptions()
        options.builds = dev.build
        options.configuration = dev.configuration == .release ? .release : .debug
        return options
    }

    private static func dispatcherOptions(
        _ configuration: ConfigurationKeeper
    ) -> Dispatcher.Options {
        var options = Dispatcher.Options()
        let kernel = configuration.current.kernel
        options.mainSlowMilliseconds = UInt64(kernel.mainSlowMilliseconds)
        options.mainHangSeconds = UInt64(kernel.mainHangSeconds)
        options.endHanging = { CrashGuard.endHanging() }
        options.override = { configuration.override(module: $0, task: $1) }
        options.brokers.http.certificatesFile = {
            configuration.current.kernel.certificates?.absolute
        }
        return options
    }

    /// Takes the modules of all places into the table.
    func findModules() {
        guard !purpose.isSafeMode else {
            return loader.add(ModulePlaces.bundled(configuration.paths))
        }
        loader.add(ModulePlaces.all(configuration.paths, configuration.current))
        let dev = configuration.current.dev
        development?.set(dev.modules.map(\.absolute))
        guard purpose.isDevelopment, !purpose.stays else { return }
        loader.add(ModulePlaces.development(dev))
    }

    /// Finds the modules, and follows their files and the configuration from then on.
    func begin(watching paths: Paths) {
        follower.begin()
        findModules()
        do {
            try loader.startWatching(privateFolder: Path.join(paths.stateFolder, "watch"))
        } catch {
            // What is in service works without it, and /module reload does by hand what is lost.
            tell(.warning("changes of files are not seen until the next start: \(error)"))
        }
        tasks?.engine?.start()
        lifecyclePool.run { self.useWatch.begin() }
        alarms.run(afterSeconds: Self.cleanSeconds) { [weak self] in
            guard let self else { return }
            self.lifecyclePool.run { self.loader.cleanStore() }
        }
    }

    /// Lets clients of other processes in. The modules are known by then.
    func open(_ door: KernelDoor) throws {
        // Not on the pool of calls, which may all be taken.
        try door.open(server, pool: lifecyclePool, log: log)
        self.door.withLock { $0 = door }
    }

    /// Stops the modules and ends the workers.
    func stop() {
        let door = door.withLock { $0 }
        door?.beginClosing(server)
        tasks?.stop()
        chats.stop()
        development?.stop()
        loader.stop(withinSeconds: Self.stopSeconds)
        chats.close()
        dispatcher.close()
        alarms.close()
        zygote.stop()
        door?.close()
    }
}

/// The zygote, started when the first worker or probe is wanted: `kernel run` with a module that
/// is known and runs on a thread needs none.
final class LazyZygote: Sendable {
    private let zygote = Mutex<Zygote?>(nil)
    private let log: @Sendable (String) -> Void

    init(log: @escaping @Sendable (String) -> Void) {
        self.log = log
    }

    func get() throws -> Zygote {
        try zygote.withLock { zygote in
            if let zygote { return zygote }
            let made = try Zygote(executable: try Self.executable(), log: log)
            zygote = made
            return made
        }
    }

    func stop() {
        zygote.withLock { $0 }?.stop()
    }

    private struct Missing: Error, CustomStringConvertible {
        let description: String
    }

    static func executable() throws -> String {
        if let found = OwnProgram.find("kernel-zygote") { return found }
        throw Missing(
            description: "cannot find kernel-zygote beside the kernel, in \(OwnProgram.folder): "
                + "install the kernel anew, or build it with swift build")
    }
}
