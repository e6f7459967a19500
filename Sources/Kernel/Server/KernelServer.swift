import KernelBase
import KernelBuilds
package import KernelCalls
import KernelConfig
import KernelGenerations
package import KernelLoader
package import KernelStore
package import KernelSystem
package import KernelTasks
package import KernelWire
import ModuleJSON
import Synchronization

/// What all clients talk to, whichever way they come.
package final class KernelServer: Sendable {
    package let dispatcher: Dispatcher
    package let configuration: ConfigurationKeeper
    package let log: LogStore
    let pool: ThreadPool
    let alarms: Alarms
    let modules: ModuleTable
    let health: HealthDesk
    private let loader: ModuleLoader
    private let facts: Facts
    private let startedNanoseconds = SystemClock.monotonicNanoseconds
    private let sessions = Mutex<[ObjectIdentifier: Session]>([:])
    /// What went wrong before the first client was welcomed, which is told of it then; nil after.
    private let early = Mutex<[KernelNews]?>([])
    private let taskProblem = Mutex<String?>(nil)
    private let desk = Mutex<TaskDesk?>(nil)
    private let durable = Mutex<(any Store)?>(nil)

    private static let newsNanoseconds: UInt64 = 3_600_000_000_000

    /// More than this no first screen shows; the log has them all.
    private static let earlyMax = 32

    /// What does not change while the kernel runs.
    package struct Facts: Sendable {
        package var version: String
        package var process: Int32
        package var isDevelopment: Bool
        /// Where the kernel, and so every module, finds relative paths.
        package var folder: String
        /// How long a first screen waits for modules that are seen for the first time.
        package var settleSeconds = 3.0
        /// Only the bundled modules are there.
        package var isSafeMode = false
        /// Of the kernel before this one: every client is shown it that comes within an hour.
        package var news: [KernelNews] = []
        /// Called when a client is shown it.
        package var newsShown: @Sendable () -> Void = {}

        package init(
            version: String, process: Int32, isDevelopment: Bool,
            folder: String = Files.currentDirectory
        ) {
            self.version = version
            self.process = process
            self.isDevelopment = isDevelopment
            self.folder = folder
        }
    }

    package init(
        dispatcher: Dispatcher, loader: ModuleLoader, configuration: ConfigurationKeeper,
        log: LogStore, pool: ThreadPool, alarms: Alarms, facts: Facts
    ) {
        let watch = HealthWatch(loader)
        watch.begin(everySeconds: configuration.current.kernel.healthSeconds)
        health = HealthDesk(loader, dispatcher, watch, pool)
        self.dispatcher = dispatcher
        self.loader = loader
        self.configuration = configuration
        self.log = log
        self.pool = pool
        self.alarms = alarms
        self.facts = facts
        modules = ModuleTable(loader)
    }

    /// Takes a client on.
    package func connect(_ transport: any WireTransport) {
        let session = Session(self, transport)
        sessions.withLock { $0[ObjectIdentifier(session)] = session }
        session.start()
    }

    func sessionEnded(_ session: Session) {
        sessions.withLock { _ = $0.removeValue(forKey: ObjectIdentifier(session)) }
    }

    /// Who was not there finds it in the log.
    package func broadcast(_ news: KernelNews) {
        log.note(news)
        let isEarly = early.withLock { early in
            guard let count = early?.count else { return false }
            if news.isBad && count < Self.earlyMax { early?.append(news) }
            return true
        }
        if !isEarly { tellAll(Session.notification(KernelNews.method, news)) }
    }

    package func broadcast(_ line: LogEntry) {
        tellAll(Session.notification(LogEntry.method, line))
    }

    /// Durable tasks, if this kernel keeps any.
    var tasks: TaskDesk? { desk.withLock { $0 } }

    package func attach(_ engine: TaskEngine) {
        desk.withLock { $0 = TaskDesk(engine) }
    }

    /// What outlives this kernel; nil if it cannot be used.
    var store: (any Store)? { durable.withLock { $0 } }

    package func attach(_ store: any Store) {
        durable.withLock { $0 = store }
    }

    var whyNoTasks: String {
        taskProblem.withLock { $0 }
            ?? "this kernel keeps no tasks: it was started for one command"
    }

    /// This kernel goes on although it cannot keep tasks.
    package func noTasks(because problem: String) {
        let sentence = "no durable tasks are kept, and no quarantine is known: \(problem)"
        taskProblem.withLock { $0 = sentence }
        broadcast(KernelNews(event: "task", text: sentence, tone: "error"))
    }

    /// Those who handed the task in hear of it, and those who watch all.
    package func tell(_ event: TaskEvent) {
        tasks?.note(event)
        let listeners = sessions.withLock { Array($0.values) }.filter { $0.hears(of: event) }
        guard !listeners.isEmpty else { return }
        guard let message = Session.notification(event.method, TaskNews(event)) else { return }
        for session in listeners { session.send(message) }
    }

    private func tellAll(_ message: WireMessage?) {
        guard let message else { return }
        for session in sessions.withLock({ Array($0.values) }) { session.broadcast(message) }
    }

    func reload(_ module: String) -> Bool { loader.reload(module) }

    func lift(_ module: String) -> ModuleLoader.Lifted { loader.lift(module, by: "a client") }

    /// Does something once every module that was found has been examined, or a moment has passed:
    /// at once, where there is nothing to wait for.
    func whenSettled(_ body: @escaping @Sendable () -> Void) {
        guard !loader.isSettled else { return body() }
        pool.run {
            self.waitForModules()
            body()
        }
    }

    package func waitForModules() {
        loader.waitUntilSettled(withinSeconds: facts.settleSeconds)
    }

    /// Is this the kernel that the client wants?
    func check(_ introduction: Introduction) throws(WireError) {
        let paths = configuration.paths
        if let wanted = introduction.stateFolder, wanted != paths.stateFolder {
            throw .mismatch("this kernel works on \(paths.stateFolder), not on \(wanted)")
        }
        if let wanted = introduction.configurationFile, wanted != paths.configurationFile {
            throw .mismatch(
                "the kernel that runs (process \(facts.process)) uses "
                    + "\(paths.configurationFile), not \(wanted): leave --config and "
                    + "KERNEL_CONFIG out, or end that kernel first")
        }
    }

    /// The arguments of a task with paths that mean the same wherever they are read: relative ones
    /// start in the folder of whoever says them.
    func absolute(_ arguments: JSON, of address: String, in folder: String?) -> JSON {
        guard let folder, folder != facts.folder else { return arguments }
        let parts = address.split(separator: ".", maxSplits: 1).map(String.init)
        guard parts.count == 2,
            let manifest = loader.slot(parts[0])?.current?.manifest,
            let schema = manifest.tasks.first(where: { $0.name == parts[1] })?.arguments
        else { return arguments }
        return PathArguments(schema, folder: folder).absolute(arguments)
    }

    /// From now on news goes to the clients at once.
    func makeWelcome() -> Welcome {
        let news = early.withLock { early in
            defer { early = nil }
            return early ?? []
        }
        var welcome = Welcome(
            kernelVersion: facts.version, process: facts.process,
            isDevelopment: facts.isDevelopment, stateFolder: configuration.paths.stateFolder,
            configurationFile: configuration.paths.configurationFile,
            hasConfiguration: Files.exists(configuration.paths.configurationFile),
            modules: modules.all, notices: notices + news.map(\.sentence))
        welcome.isSafeMode = facts.isSafeMode ? true : nil
        welcome.news = newsOfBefore
        return welcome
    }

    private var newsOfBefore: [KernelNews]? {
        let age = SystemClock.monotonicNanoseconds - startedNanoseconds
        guard !facts.news.isEmpty, age < Self.newsNanoseconds else { return nil }
        facts.newsShown()
        return facts.news
    }

    private var notices: [String] {
        configuration.current.warnings.map(\.description)
            + (configuration.problems?.list.map(\.description) ?? [])
    }

    var runningCalls: [CallListing] {
        let calls = dispatcher.board.calls
        // Read after the calls were: none of them began later.
        let now = SystemClock.monotonicNanoseconds
        return calls.map { call in
            let elapsed = max(now, call.facts.startedNanoseconds) - call.facts.startedNanoseconds
            var listing = CallListing(
                call: call.facts.id, task: call.facts.address, mode: call.facts.mode.name,
                generation: call.facts.generation,
                seconds: Double(elapsed / 1_000_000) / 1_000,
                fraction: call.progress?.fraction, note: call.progress?.note)
            listing.durableTask = call.facts.durableTask
            return listing
        }
    }
}

extension KernelNews {
    fileprivate var isBad: Bool { tone == "warning" || tone == "error" }
}
