import KernelBase

/// Where a durable task is in its life. The numbers are in the database: they never change.
package enum TaskState: Int64, Sendable, Hashable, NamedChoice {
    /// Ready to run.
    case queued = 0
    /// A kernel runs it, or is about to: nobody else may.
    case running = 2
    case done = 3
    case failed = 4
    case cancelled = 5
    /// The kernel ended while it ran, and it must not simply run again.
    case interrupted = 6
    /// Until other tasks are done, or until its time comes.
    case waiting = 7

    package var name: String {
        switch self {
        case .queued: "queued"
        case .running: "running"
        case .done: "done"
        case .failed: "failed"
        case .cancelled: "cancelled"
        case .interrupted: "interrupted"
        case .waiting: "waiting"
        }
    }

    /// An end, which is never left again: who wants the work once more submits another task.
    package var isEnd: Bool {
        switch self {
        case .done, .failed, .cancelled, .interrupted: true
        case .queued, .running, .waiting: false
        }
    }
}
