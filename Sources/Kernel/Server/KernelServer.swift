import KernelBase
import KernelBuilds
package import KernelCalls
package import KernelChats
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
    /// For answers that must not wait behind calls.
    let answerPool: ThreadPool
    let alarms: Alarms
    let modules: ModuleTable
    let health: HealthDesk
    let loader: ModuleLoader
    private let watch: HealthWatch
    private let facts: Facts
    private let startedNanoseconds = SystemClock.monotonicNanoseconds
    private let sessions = Mutex<[ObjectIdentifier: Session]>([:])
    private let isNewsShown = Atomic(false)
    /// What went wrong before the first client came that shows it to somebody; nil after.
    private let early = Mutex<[KernelNews]?>([])
    /// What became of the kernel before this one, as far as this one found it out itself.
    private let found = Mutex<[KernelNews]>([])
    private let taskProblem = Mutex<String?>(nil)
    private let desk = Mutex<TaskDesk?>(nil)
    private let durable = Mutex<(any Store)?>(nil)
    private let chatDesk = Mutex<ChatDesk?>(nil)

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
        /// Of the kernel before this one: every client is told that comes within an hour, or before
        /// somebody was shown it.
        package var news: [KernelNews] = []
        /// Called when somebody is shown it.
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

    package struct Pools: Sendable {
        let calls: ThreadPool
        /// Never waiting behind calls.
        let lifecycle: ThreadPool

        package init(calls: ThreadPool, lifecycle: ThreadPool) {
            self.calls = calls
            self.lifecycle = lifecycle
        }
    }

    package init(
        dispatcher: Dispatcher, loader: ModuleLoader, configuration: ConfigurationKeeper,
        log: LogStore, pools: Pools, alarms: Alarms, facts: Facts
    ) {
        watch = HealthWatch(loader)
        watch.beginWindows()
        watch.begin(everySeconds: configuration.current.kernel.healthSeconds)
        health = HealthDesk(loader, dispatcher, watch, alarms, pools)
        self.dispatcher = dispatcher
        self.loader = loader
        self.configuration = configuration
        self.log = log
        pool = pools.calls
        answerPool = pools.lifecycle
        self.alarms = alarms
        self.facts = facts
        modules = ModuleTable(
            loader, watch,
            missing: {
                facts.isSafeMode
                    ? []
                    : configuration.current.missingModules(isDevelopment: facts.isDevelopment)
            })
    }

    /// Takes a client on.
    package func connect(_ transport: any WireTransport) {
        let session = Session(self, transport)
        sessions.withLock { $0[ObjectIdentifier(session)] = session }
        session.start()
    }

    func sessionEnded(_ session: Session) {
        _ = sessions.withLock { $0.removeValue(forKey: ObjectIdentifier(session)) }
    }

    /// Who was not there finds it in the log.
    package func broadcast(_ news: KernelNews) {
        log.note(news)
        let message = Session.notification(KernelNews.method, news)
        // Under the lock, so that who is welcomed meanwhile is told once.
        let isEarly = early.withLock { early in
            guard let count = early?.count else { return false }
            if news.isBad && count < Self.earlyMax { early?.append(news) }
            tellAll(message)
            return true
        }
        if !isEarly { tellAll(message) }
    }

    /// News of the kernel before this one: not only who is here is told, but who comes within an
    /// hour too, or before somebody was shown it.
    package func keep(_ news: KernelNews) {
        log.note(news)
        let message = Session.notification(KernelNews.method, news)
        early.withLock { _ in
            found.withLock { $0.append(news) }
            tellAll(message)
        }
    }

    package func broadcast(_ line: LogEntry) {
        tellAll(Session.notification(LogEntry.method, line))
    }

    package func broadcast(_ loading: ModelLoading) {
        tellAll(Session.notification(ModelLoading.method, loading))
    }

    /// Durable tasks, if this kernel keeps any.
    var tasks: TaskDesk? { desk.withLock { $0 } }

    package func attach(_ engine: TaskEngine) {
        desk.withLock { $0 = TaskDesk(engine) }
    }

    /// Models and chats with them.
    var chats: ChatDesk? { chatDesk.withLock { $0 } }

    package func attach(_ chats: ChatDesk) {
        chatDesk.withLock { $0 = chats }
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

    /// How what is durable is, as far as that is known without looking for it; with nil where no
    /// tasks are kept.
    func taskHealth(_ done: @escaping @Sendable (TaskEngine.Health?, _ troubles: [String]) -> Void)
    {
        let known =
            [taskProblem.withLock { $0 }, store?.trouble?.description].compactMap(\.self)
        guard let engine = tasks?.engine else { return done(nil, known) }
        // The engine says why it stands still, for whatever reason that is.
        engine.health { health in
            let said = health.troubles
            done(health, known.filter { known in !said.contains { $0.contains(known) } } + said)
        }
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
        let line = message.line
        for session in listeners { session.send(message, line: line) }
    }

    private func tellAll(_ message: WireMessage?) {
        let listeners = sessions.withLock { Array($0.values) }.filter(\.hearsNews)
        guard let message, !listeners.isEmpty else { return }
        let line = message.line
        for session in listeners { session.send(message, line: line) }
    }

    /// False if there is no such module.
    func reload(_ module: String, _ done: @escaping @Sendable (KernelNews) -> Void) -> Bool {
        loader.reload(module) { [self] event in
            done(event.map { NewsText.news($0) } ?? NewsText.nothing(module, loader.slot(module)))
        }
    }

    func lift(_ module: String) -> ModuleLoader.Lifted { loader.lift(module, by: "a client") }

    /// How often modules are asked whether they are well has changed.
    package func askModules(everySeconds seconds: Int) { watch.begin(everySeconds: seconds) }

    /// Does something once every module that was found has been examined, or a moment has passed:
    /// at once, where there is nothing to wait for. Holds no thread meanwhile: those who examine
    /// need them.
    func whenSettled(_ body: @escaping @Sendable () -> Void) {
        guard !loader.isSettled else { return body() }
        let once = Mutex<(@Sendable () -> Void)?>(body)
        // Whichever comes first.
        let run: @Sendable () -> Void = { [answerPool] in
            if let body = once.withLock({ $0.take() }) { answerPool.run(body) }
        }
        loader.whenSettled(run)
        alarms.run(afterSeconds: facts.settleSeconds, run)
    }

    /// Is this the kernel that the client wants?
    func check(_ introduction: Introduction) throws(WireError) {
        let paths = configuration.paths
        if let wanted = introduction.stateFolder, wanted != paths.stateFolder {
            throw .mismatch("this kernel works on \(paths.stateFolder), not on \(wanted)")
        }
        if introduction.wantsSafeMode == true, !facts.isSafeMode {
            throw .mismatch(
                "the kernel that runs (process \(facts.process)) is not in safe mode: end it first "
                    + "(kill \(facts.process)), or leave --safe-mode out")
        }
        if let wanted = introduction.configurationFile, wanted != paths.configurationFile {
            throw .mismatch(
                "the kernel that runs (process \(facts.process)) uses "
                    + "\(paths.configurationFile), not \(wanted): leave --config and "
                    + "KERNEL_CONFIG out, or end that kernel first")
        }
    }

    /// The arguments of a call. What starts in the kernel's own folder stays as it is, and so do
    /// the paths that the call answers with, which are short.
    func arguments(_ arguments: JSON, ofCall address: String, in folder: String?) -> JSON {
        guard let folder, folder != facts.folder else { return arguments }
        return absolute(arguments, of: address, in: folder)
    }

    /// The arguments of a task with paths that mean the same wherever and whenever they are read:
    /// relative ones start in the folder of whoever says them, or else in the kernel's.
    func absolute(_ arguments: JSON, of address: String, in folder: String?) -> JSON {
        let parts = address.split(separator: ".", maxSplits: 1).map(String.init)
        guard parts.count == 2,
            let manifest = loader.slot(parts[0])?.latest?.manifest,
            let schema = manifest.tasks.first(where: { $0.name == parts[1] })?.arguments
        else { return arguments }
        return PathArguments(schema, folder: folder ?? facts.folder).absolute(arguments)
    }

    /// `hears` is called before any news goes by that is not in the welcome.
    func makeWelcome(showsNews: Bool, _ hears: () -> Void) -> Welcome {
        let (news, before) = early.withLock { early in
            hears()
            defer { if showsNews { early = nil } }
            return (early ?? [], newsOfBefore)
        }
        var welcome = Welcome(
            kernelVersion: facts.version, process: facts.process,
            isDevelopment: facts.isDevelopment, stateFolder: configuration.paths.stateFolder,
            configurationFile: configuration.paths.configurationFile,
            hasConfiguration: Files.exists(configuration.paths.configurationFile),
            modules: modules.all, notices: notices + news.map(\.sentence))
        welcome.isSafeMode = facts.isSafeMode ? true : nil
        welcome.news = before
        if showsNews, before != nil, !isNewsShown.exchange(true, ordering: .relaxed) {
            facts.newsShown()
        }
        return welcome
    }

    private var newsOfBefore: [KernelNews]? {
        let age = SystemClock.monotonicNanoseconds - startedNanoseconds
        let isFresh = age < Self.newsNanoseconds || !isNewsShown.load(ordering: .relaxed)
        let news = facts.news + found.withLock { $0 }
        return news.isEmpty || !isFresh ? nil : news
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
