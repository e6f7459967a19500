import KernelCalls
import KernelConfig
import KernelGenerations
import KernelLoader
import KernelResidence
import KernelServer
import KernelStore
import KernelSystem
import KernelTasks

/// The database and, where tasks are kept, their engine.
final class TaskParts: Sendable {
    /// Nil in a kernel that was started for a command without durable tasks.
    let engine: TaskEngine?
    let store: SQLiteStore

    /// What runs gets this long to come to an end; what takes longer is found by the next start.
    private static let stopSeconds = 2.0

    /// What the engine is made from.
    struct Ground {
        let store: SQLiteStore
        private let work: TaskOptions.Work?
        private let configuration: ConfigurationKeeper
        private let isSafeMode: Bool

        /// For a command the database is only read until something is to be recorded, so that
        /// several can work side by side.
        init(_ purpose: KernelParts.Purpose, _ configuration: ConfigurationKeeper) throws {
            work = purpose.tasks
            isSafeMode = purpose.isSafeMode
            self.configuration = configuration
            store = try SQLiteStore(
                folder: configuration.paths.stateFolder,
                opening: work == .everything ? .now : .whenWritten)
        }

        /// Nil where no tasks are kept.
        fileprivate var options: TaskOptions? {
            work.map { TaskParts.options($0, configuration, isSafeMode: isSafeMode) }
        }
    }

    init(_ ground: Ground, runner: DispatcherRunner, _ news: NewsRelay) throws {
        let store = ground.store
        self.store = store
        engine = try ground.options.map { options in
            try TaskEngine(
                records: store.tasks, runner: runner, options: options,
                observe: { news.tell($0) }, report: { news.tell($0) })
        }
    }

    private static func options(
        _ work: TaskOptions.Work, _ configuration: ConfigurationKeeper, isSafeMode: Bool
    ) -> TaskOptions {
        var options = TaskOptions()
        options.work = work
        options.limits = {
            let kernel = configuration.current.kernel
            var limits = TaskLimits()
            limits.runningMax = kernel.tasksRunningMax
            limits.openMax = kernel.tasksOpenMax
            limits.keptMax = kernel.tasksKeptMax
            limits.keptDays = kernel.tasksKeptDays
            // In safe mode most modules are away on purpose: their tasks are kept for the kernel
            // that has them again.
            limits.moduleWaitSeconds = isSafeMode ? nil : kernel.tasksModuleWaitSeconds
            return limits
        }
        options.moduleRunningMax = {
            configuration.current.settings(ofModule: $0).tasksRunningMax
        }
        return options
    }

    func attach(to server: KernelServer) {
        server.attach(store)
        if let engine { server.attach(engine) }
    }

    func stop() {
        engine?.stop(withinSeconds: Self.stopSeconds)
        store.close()
    }
}
