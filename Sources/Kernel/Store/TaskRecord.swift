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
    /// As the module said when it was last asked.
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
    /// Those of them that failed, and were not just interrupted or turned away.
    package var failures = 0
    /// As submitted; nil: as fits the task.
    package var attemptsMax: Int?
    /// When the last attempt began.
    package var started: Moment?
    package var ended: Moment?
    /// The hash of the module's build in the last attempt.
    package var build: String?
    package var progress: TaskProgress?
    /// The kernel that runs it, by an id of its own that no other start has.
    package var owner: String?
    /// Of a running task: until when it is its owner's, who puts that off while it lives.
    package var lease: Moment?
    /// When somebody first wanted it to end; it may not have heeded that yet.
    package var cancelAsked: Moment?
    /// Of a task that has ended.
    package var end: TaskEnd?

    package init(
        id: TaskID, name: String, module: String, submitter: String, key: String? = nil,
        priority: Int = 0, isIdempotent: Bool = false, parent: TaskID? = nil,
        dependencies: [TaskDependency] = [], created: Moment, deadline: Moment? = nil,
        state: TaskState, notBefore: Moment? = nil, attempts: Int = 0, attemptsMax: Int? = nil,
        started: Moment? = nil, ended: Moment? = nil, build: String? = nil,
        progress: TaskProgress? = nil, owner: String? = nil, end: TaskEnd? = nil
    ) {
        self.id = id
        self.name = name
        self.module = module
        self.submitter = submitter
        self.key = key
        self.priority = priority
        self.isIdempotent = isIdempotent
        self.parent = parent
        self.dependencies = dependencies
        self.created = created
        self.deadline = deadline
        self.state = state
        self.notBefore = notBefore
        self.attempts = attempts
        self.attemptsMax = attemptsMax
        self.started = started
        self.ended = ended
        self.build = build
        self.progress = progress
        self.owner = owner
        self.end = end
    }
}

/// Another task that has to be done first.
package struct TaskDependency: Sendable, Hashable {
    package var id: TaskID
    /// What it was when this was read; nil if it is not in the store any more.
    package var state: TaskState?

    package init(id: TaskID, state: TaskState?) {
        self.id = id
        self.state = state
    }
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

/// What became of a task, without its value.
package struct TaskEnd: Sendable, Hashable {
    package var status: CallStatus
    /// The sentence that goes with a failure; empty for success.
    package var message: String
    /// What its result had in bytes. More than is kept means that the rest was cut off.
    package var resultBytes: Int
    package var isResultCut: Bool

    package init(
        status: CallStatus, message: String, resultBytes: Int = 0, isResultCut: Bool = false
    ) {
        self.status = status
        self.message = message
        self.resultBytes = resultBytes
        self.isResultCut = isResultCut
    }
}
