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
    /// The kernel that runs it, by an id of its own that no other start has.
    package var owner: String
    package var mode: RunMode
    /// The hash of the module's build.
    package var build: String?
    /// Whether this build says that the task may run again.
    package var isIdempotent: Bool
    /// Until when the task is the owner's, if that says nothing more.
    package var lease: Moment?

    package init(
        owner: String, mode: RunMode, build: String? = nil, isIdempotent: Bool = false,
        lease: Moment? = nil
    ) {
        self.lease = lease
        self.owner = owner
        self.mode = mode
        self.build = build
        self.isIdempotent = isIdempotent
    }
}

package struct AttemptEnd: Sendable, Hashable {
    package var how: How
    package var message: String
    /// What ran, if a call was made: a reload may have come between the record and the call.
    package var ran: Ran?

    package struct Ran: Sendable, Hashable {
        package var mode: RunMode
        package var build: String

        package init(mode: RunMode, build: String) {
            self.mode = mode
            self.build = build
        }
    }

    /// The numbers are in the database: they never change.
    package enum How: Int64, Sendable, Hashable, NamedChoice {
        case succeeded = 0
        case failed = 1
        case cancelled = 2
        case deadline = 3
        /// The kernel ended while it ran, or a reload ended it.
        case interrupted = 5
        /// It was given back before it did anything.
        case released = 6

        package var name: String {
            switch self {
            case .succeeded: "succeeded"
            case .failed: "failed"
            case .cancelled: "cancelled"
            case .deadline: "deadline"
            case .interrupted: "interrupted"
            case .released: "released"
            }
        }
    }

    /// Whether it uses up one of the attempts that the task has.
    package var isFailure: Bool { how == .failed || how == .deadline }

    package init(_ how: How, _ message: String = "") {
        self.how = how
        self.message = message
    }
}
