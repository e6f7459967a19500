package import KernelBase

/// One run of a task. Each has a row, so that a second one is always on record.
package struct TaskAttempt: Sendable, Hashable {
    package var task: TaskID
    /// From 1 on.
    package var number: Int
    package var start: AttemptStart
    package var started: Moment
    package var ended: Moment?
    package var end: AttemptEnd?

    package init(
        task: TaskID, number: Int, start: AttemptStart, started: Moment, ended: Moment? = nil,
        end: AttemptEnd? = nil
    ) {
        self.task = task
        self.number = number
        self.start = start
        self.started = started
        self.ended = ended
        self.end = end
    }
}

package struct AttemptStart: Sendable, Hashable {
    /// The kernel that runs it, as in its lease.
    package var owner: String
    /// The process, if it runs in a worker.
    package var worker: Int32?
    package var mode: RunMode
    /// The hash of the module's build.
    package var build: String?

    package init(owner: String, worker: Int32? = nil, mode: RunMode, build: String? = nil) {
        self.owner = owner
        self.worker = worker
        self.mode = mode
        self.build = build
    }
}

package struct AttemptEnd: Sendable, Hashable {
    package var how: How
    package var message: String

    /// The numbers are in the database: they never change.
    package enum How: Int64, Sendable, Hashable, NamedChoice {
        case succeeded = 0
        case failed = 1
        case cancelled = 2
        case deadline = 3
        /// Its process or the kernel crashed.
        case crashed = 4
        /// The kernel ended while it ran.
        case interrupted = 5
        /// It was given back before it did anything.
        case released = 6

        package var name: String {
            switch self {
            case .succeeded: "succeeded"
            case .failed: "failed"
            case .cancelled: "cancelled"
            case .deadline: "deadline"
            case .crashed: "crashed"
            case .interrupted: "interrupted"
            case .released: "released"
            }
        }
    }

    package init(_ how: How, _ message: String = "") {
        self.how = how
        self.message = message
    }
}
