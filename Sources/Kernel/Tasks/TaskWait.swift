import KernelStore
import Synchronization

/// Somebody who waits for the end of a task, until that comes or nobody cares any more.
package final class TaskWait: Sendable {
    private let isOver = Atomic(false)
    private let done: TaskEngine.Answer<TaskRecord>

    init(_ done: @escaping TaskEngine.Answer<TaskRecord>) {
        self.done = done
    }

    var isWanted: Bool { !isOver.load(ordering: .acquiring) }

    func end(_ result: Result<TaskRecord, TaskProblem>) {
        if isWanted { done(result) }
    }

    func drop() {
        isOver.store(true, ordering: .releasing)
    }
}
