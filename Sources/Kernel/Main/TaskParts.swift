import KernelCalls
import KernelConfig
import KernelGenerations
import KernelLoader
import KernelServer
import KernelStore
import KernelSystem
import KernelTasks

/// The database and the engine of durable tasks.
final class TaskParts: Sendable {
    let engine: TaskEngine
    private let store: SQLiteStore

    var quarantine: any QuarantineRecords { store.quarantine }

    /// What runs gets this long to come to an end; what takes longer is found by the next start.
    private static let stopSeconds = 2.0

    init(
        _ work: TaskOptions.Work, _ configuration: ConfigurationKeeper, runner: DispatcherRunner,
        _ news: NewsRelay
    ) throws {
        store = try SQLiteStore(folder: configuration.paths.stateFolder)
        engine = try TaskEngine(
            records: store.tasks, runner: runner, options: Self.options(work, configuration),
            observe: { news.tell($0) }, report: { news.tell(NewsText.news($0)) })
    }

    private static func options(
        _ work: TaskOptions.Work, _ configuration: ConfigurationKeeper
    ) -> TaskOptions {
        let kernel = configuration.current.kernel
        var options = TaskOptions()
        options.work = work
        options.limit(kernel)
        options.moduleRunningMax = {
            configuration.current.settings(ofModule: $0).tasksRunningMax
        }
        return options
    }

    /// The limits of a kernel that runs, as they are now.
    func follow(_ configuration: Configuration) {
        engine.change { $0.limit(configuration.kernel) }
    }

    func stop() {
        engine.stop(withinSeconds: Self.stopSeconds)
        store.close()
    }
}

extension TaskOptions {
    fileprivate mutating func limit(_ kernel: KernelSettings) {
        runningMax = kernel.tasksRunningMax
        openMax = kernel.tasksOpenMax
        moduleWaitSeconds = kernel.tasksModuleWaitSeconds
        keptMax = kernel.tasksKeptMax
        keptDays = kernel.tasksKeptDays
    }
}
