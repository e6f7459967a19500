package import ModuleJSON

/// A durable task as clients see it. Times are milliseconds since 1970 in UTC.
package struct TaskView: Codable, Sendable, Hashable {
    package var id: String
    /// `fs.read`
    package var task: String
    /// `waiting`, `queued`, `running`, and the ends `done`, `failed`, `cancelled`,
    /// `interrupted`.
    package var state: String
    package var submitter: String
    package var key: String?
    package var priority: Int
    package var isIdempotent: Bool
    package var attempts: Int
    package var attemptsMax: Int
    package var created: Int64
    /// When the last attempt began.
    package var started: Int64?
    package var ended: Int64?
    package var notBefore: Int64?
    package var deadline: Int64?
    package var timeoutSeconds: Double?
    package var parent: String?
    /// The ended task whose work this one does once more.
    package var repeats: String?
    package var after: [Dependency]
    /// Of the module, in the last attempt.
    package var build: String?
    package var fraction: Double?
    /// How far it is, or what it waits for.
    package var note: String?
    /// Somebody wants it to end.
    package var isCancelAsked: Bool
    /// Of an ended task: `ok`, or the word for what went wrong.
    package var status: String?
    /// The sentence that goes with it.
    package var message: String?
    package var resultBytes: Int?

    package struct Dependency: Codable, Sendable, Hashable {
        package var id: String
        package var state: String?

        package init(id: String, state: String?) {
            self.id = id
            self.state = state
        }
    }

    package init(id: String, task: String, state: String, submitter: String, created: Int64) {
        self.id = id
        self.task = task
        self.state = state
        self.submitter = submitter
        self.created = created
        priority = 0
        isIdempotent = false
        attempts = 0
        attemptsMax = 1
        after = []
        isCancelAsked = false
    }

    package var hasEnded: Bool { Self.ends.contains(state) }

    package static let ends: Set<String> = ["done", "failed", "cancelled", "interrupted"]
    package static let states = ["waiting", "queued", "running"] + ends.sorted()
}

/// Some tasks, and how many there are in each state.
package struct TaskList: Codable, Sendable, Hashable {
    package var tasks: [TaskView]
    /// Of all tasks, not just of these; only in the reply to `task.list`.
    package var counts: [String: Int]?

    package init(_ tasks: [TaskView], counts: [String: Int]? = nil) {
        self.tasks = tasks
        self.counts = counts
    }
}

/// The reply to `task.show`.
package struct TaskDetails: Codable, Sendable, Hashable {
    package var task: TaskView
    package var arguments: Value
    /// Of a task that is done.
    package var result: Value?
    /// The result was longer than what is kept.
    package var isResultCut: Bool
    package var attempts: [Attempt]
    package var children: [TaskView]
    /// The tasks that wait for this one.
    package var dependants: [TaskView]
    /// All that it has put out.
    package var outputBytes: Int64

    package init(task: TaskView, arguments: Value) {
        self.task = task
        self.arguments = arguments
        isResultCut = false
        attempts = []
        children = []
        dependants = []
        outputBytes = 0
    }

    package struct Attempt: Codable, Sendable, Hashable {
        package var number: Int
        package var started: Int64
        package var ended: Int64?
        package var mode: String
        package var build: String?
        /// `succeeded`, `failed`, `cancelled`, `deadline`, `crashed`, `interrupted`, `released`;
        /// none while it runs.
        package var end: String?
        package var message: String?

        package init(number: Int, started: Int64, mode: String) {
            self.number = number
            self.started = started
            self.mode = mode
        }
    }

    /// Text as a string, JSON as it is, bytes in base64.
    package struct Value: Codable, Sendable, Hashable {
        /// `text`, `json` or `bytes`.
        package var kind: String
        package var value: JSON

        package init(kind: String, value: JSON) {
            self.kind = kind
            self.value = value
        }
    }
}

/// The reply to `task.output`. Of long output the beginning and the end are kept.
package struct TaskOutputPage: Codable, Sendable, Hashable {
    package var id: String
    package var state: String
    package var pieces: [Piece]
    /// The bytes that are not kept: from this one on, and up to that one.
    package var cutFrom: Int64?
    package var cutTo: Int64?
    /// Where reading goes on.
    package var next: Int64
    package var total: Int64

    package init(id: String, state: String, next: Int64, total: Int64) {
        self.id = id
        self.state = state
        self.next = next
        self.total = total
        pieces = []
    }

    package struct Piece: Codable, Sendable, Hashable {
        package var offset: Int64
        package var kind: String
        package var value: JSON

        package init(offset: Int64, kind: String, value: JSON) {
            self.offset = offset
            self.kind = kind
            self.value = value
        }
    }
}
