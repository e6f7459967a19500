package import ModuleJSON

/// `task.submit`: durable work. The reply is a `TaskList` in the same order, and comes once all of
/// it is committed.
package struct SubmitTasks: Codable, Sendable, Hashable {
    package static let method = "task.submit"

    package var tasks: [Order]

    package struct Order: Codable, Sendable, Hashable {
        /// `fs.read`
        package var task: String
        /// For a task that takes JSON.
        package var arguments: JSON?
        /// For a task that takes bytes: text as it is.
        package var text: String?
        /// Made by the client, if it wants to name its tasks itself.
        package var id: String?
        /// The client's own name for this work: the same again gives the task that is there.
        package var key: String?
        /// -10 to 10; the greater one runs first.
        package var priority: Int?
        package var attempts: Int?
        /// Of one attempt.
        package var timeoutSeconds: Double?
        /// It does not begin before.
        package var delaySeconds: Double?
        /// It ends then at the latest.
        package var deadlineSeconds: Double?
        package var parent: String?
        /// Ids of tasks that must be done first, or `#0`, `#1` … for those earlier in this list.
        package var after: [String]?

        package init(_ run: RunCall) {
            task = run.task
            arguments = run.arguments
            text = run.text
            timeoutSeconds = run.timeoutSeconds
        }
    }

    package init(_ tasks: [Order]) {
        self.tasks = tasks
    }
}

/// `task.show`, `task.cancel`, `task.retry`, `task.wait`: one task, by its id or a beginning of it
/// that no other has.
package struct TaskReference: Codable, Sendable, Hashable {
    package static let show = "task.show"
    /// With all beneath it. The reply is a `TaskList` of what was open.
    package static let cancel = "task.cancel"
    /// The work of an ended task once more. The reply is a `TaskList` of the new one.
    package static let retry = "task.retry"
    /// The reply comes when the task has ended, or when the time is over: a `TaskView`.
    package static let wait = "task.wait"

    package var id: String
    /// Of `task.wait` only; without it there is no end.
    package var timeoutSeconds: Double?

    package init(id: String, timeoutSeconds: Double? = nil) {
        self.id = id
        self.timeoutSeconds = timeoutSeconds
    }
}

/// `task.list`: newest first. The reply is a `TaskList`.
package struct ListTasks: Codable, Sendable, Hashable {
    package static let method = "task.list"
    package static let limitMax = 1_000

    /// Names of states; without them all.
    package var states: [String]?
    package var module: String?
    package var submitter: String?
    package var parent: String?
    /// Goes on behind this one.
    package var after: String?
    package var limit: Int?

    package init() {}
}

/// `task.output`: what a task has put out, from an offset on. The reply is a `TaskOutputPage`.
package struct ReadTaskOutput: Codable, Sendable, Hashable {
    package static let method = "task.output"

    package var id: String
    package var from: Int64?
    package var bytesMax: Int?

    package init(id: String, from: Int64? = nil, bytesMax: Int? = nil) {
        self.id = id
        self.from = from
        self.bytesMax = bytesMax
    }
}

/// `task.watch`: from now on this client hears what happens to all tasks. Without it, it hears of
/// those that it handed in itself. The reply has the number of the last event before.
package struct WatchTasks: Codable, Sendable, Hashable {
    package static let method = "task.watch"

    package var sequence: UInt64

    package init(sequence: UInt64) {
        self.sequence = sequence
    }
}

/// `task.changed`, `task.progress` and `task.printed`: what happens to durable tasks, numbered in
/// the order in which it does. The numbers begin anew with each kernel.
package struct TaskNews: Codable, Sendable, Hashable {
    /// It is in another state, as committed; `task` has all of it.
    package static let changed = "task.changed"
    package static let progress = "task.progress"
    /// There is more for `task.output` to read.
    package static let printed = "task.printed"

    package var sequence: UInt64
    package var id: String
    package var state: String
    package var task: TaskView?
    package var fraction: Double?
    package var note: String?

    package init(sequence: UInt64, id: String, state: String) {
        self.sequence = sequence
        self.id = id
        self.state = state
    }
}
