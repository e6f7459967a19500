import KernelBase
import KernelStore
import KernelSystem
import KernelTesting

/// A store in a folder of its own, closed when it is let go of.
final class ScratchStore: Sendable {
    let folder: TemporaryFolder
    let store: SQLiteStore

    init() throws {
        folder = try TemporaryFolder("kernel-store")
        store = try SQLiteStore(folder: folder.file("state"))
    }

    deinit {
        store.close()
    }

    var tasks: any TaskRecords { store.tasks }

    @discardableResult
    func submit(_ tasks: NewTask...) throws -> [TaskRecord] {
        try Answer.wait { store.tasks.submit(tasks, $0) }
    }

    func task(_ id: TaskID) throws -> TaskRecord { try Answer.wait { tasks.task(id, $0) } }

    func list(_ filter: TaskFilter = TaskFilter()) throws -> [TaskID] {
        let records = try Answer.wait { tasks.list(filter, $0) }
        return records.map(\.id)
    }

    @discardableResult
    func begin(_ id: TaskID, by owner: String = "kernel-1") throws -> TransitionResult {
        var begin = TaskTransition(id, from: [.queued], to: .running, at: .now)
        begin.begins = AttemptStart(owner: owner, mode: .thread, build: "abc")
        return try step(begin)
    }

    @discardableResult
    func step(_ step: TaskTransition) throws -> TransitionResult {
        let results = try Answer.wait { tasks.transition([step], .durable, $0) }
        return results[0]
    }

    /// From queued to its end, by way of an attempt.
    @discardableResult
    func run(
        _ id: TaskID, to state: TaskState = .done, at moment: Moment = .now
    ) throws -> TransitionResult {
        try begin(id)
        var end = TaskTransition(id, from: [.running], to: state, at: moment)
        end.ends = AttemptEnd(state == .done ? .succeeded : .failed)
        return try step(end)
    }
}

extension NewTask {
    static func test(_ name: String = "fs.read", by submitter: String = "tests") -> NewTask {
        NewTask(name, submitter: submitter)
    }

    func with(_ change: (inout NewTask) -> Void) -> NewTask {
        var task = self
        change(&task)
        return task
    }
}

extension TransitionResult {
    var isRefused: Bool {
        if case .refused = self { true } else { false }
    }

    var task: TaskRecord? {
        switch self {
        case .taken(let task, _), .refused(let task): task
        case .unknown: nil
        }
    }
}

/// The sentence and kind of what a closure throws.
func refusal(_ body: () throws -> Void) -> StoreError? {
    do {
        try body()
        return nil
    } catch {
        return error as? StoreError
    }
}
