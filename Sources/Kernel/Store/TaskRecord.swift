package import KernelBase

/// A durable task as the store knows it, without its arguments, result and output, which may be
/// large and are read on their own.
package struct TaskRecord: Sendable, Hashable {
    package var id: TaskID
    package var name: String
    package var module: String
    package var submitter: String
    package var key: String?
    package var priority: Int
    package var mode: RunMode?
    package var isIdempotent: Bool
    package var parent: TaskID?
    package var dependencies: [TaskDependency]
    package var created: Moment
    package var deadline: Moment?
    /// Of one attempt; nil: as the module says.
    package var timeoutSeconds: Double?
    /// The ended task whose work this one does once more.
    package var repeats: TaskID?

    package var state: TaskState
    /// It must not run earlier: as submitted, or after a failure that is tried again.
    package var notBefore: Moment?
    /// Attempts that began.
    package var attempts: Int
    package var attemptsMax: Int
    /// When the last attempt began.
    package var started: Moment?
    package var ended: Moment?
    /// The hash of the module's build in the last attempt.
    package var build: String?
    package var progress: TaskProgress?
    package var lease: TaskLease?
    /// When somebody first wanted it to end; it may not have heeded that yet.
    package var cancelAsked: Moment?
    /// Of a task that has ended.
    package var end: TaskEnd?
}

/// Another task that has to be done first.
package struct TaskDependency: Sendable, Hashable {
    package var id: TaskID
    /// What it was when this was read; nil if it is not in the store any more.
    package var state: TaskState?
}

package struct TaskProgress: Sendable, Hashable {
    /// 0...1; nil if nobody knows.
    package var fraction: Double?
    package var note: String

    package init(fraction: Double?, note: String) {
        self.fraction = fraction
        self.note = note
    }
}

/// The right of one kernel to run a task, until a moment.
package struct TaskLease: Sendable, Hashable {
    /// The running kernel, by an id of its own that no other start has.
    package var owner: String
    package var until: Moment

    package init(owner: String, until: Moment) {
        self.owner = owner
        self.until = until
    }
}

/// What became of a task, without its value.
package struct TaskEnd: Sendable, Hashable {
    package var status: CallStatus
    /// The sentence that goes with a failure; empty for success.
    package var message: String
    /// What its result had in bytes. More than is kept means that the rest was cut off.
    package var resultBytes: Int
    package var isResultCut: Bool
}

/// A task that its caller may run now.
package struct ClaimedTask: Sendable, Hashable {
    package var record: TaskRecord
    package var arguments: Payload
}
