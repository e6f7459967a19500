package import ModuleJSON

/// `task.run`: do this now, and reply when it has ended.
package struct RunTask: Codable, Sendable, Hashable {
    package static let method = "task.run"

    /// `fs.read`
    package var task: String
    /// For a task that takes JSON.
    package var arguments: JSON?
    /// For a task that takes bytes: text as it is.
    package var text: String?
    package var timeoutSeconds: Double?

    package init(
        task: String, arguments: JSON? = nil, text: String? = nil, timeoutSeconds: Double? = nil
    ) {
        self.task = task
        self.arguments = arguments
        self.text = text
        self.timeoutSeconds = timeoutSeconds
    }
}

/// The reply to `task.run`.
package struct TaskOutcome: Codable, Sendable, Hashable {
    package var call: UInt64
    /// `ok`, or the word for what went wrong.
    package var status: String
    /// `text`, `json` or `bytes`.
    package var kind: String
    /// Text as a string, JSON as it is, bytes in base64.
    package var value: JSON
    /// The sentence that goes with a failure.
    package var message: String
    package var milliseconds: Double

    package init(
        call: UInt64, status: String, kind: String, value: JSON, message: String,
        milliseconds: Double
    ) {
        self.call = call
        self.status = status
        self.kind = kind
        self.value = value
        self.message = message
        self.milliseconds = milliseconds
    }

    package var succeeded: Bool { status == "ok" }
}

/// `task.started`, `task.progress` and `task.output`: what a call says before it ends. `request`
/// is the id of the `task.run` that began it.
package struct TaskNews: Codable, Sendable, Hashable {
    package static let started = "task.started"
    package static let progress = "task.progress"
    package static let output = "task.output"

    package var request: RequestID
    package var call: UInt64
    package var fraction: Double?
    package var note: String?
    package var kind: String?
    package var value: JSON?

    package init(request: RequestID, call: UInt64) {
        self.request = request
        self.call = call
    }
}

/// `task.cancel`
package struct CancelTask: Codable, Sendable, Hashable {
    package static let method = "task.cancel"

    package var call: UInt64

    package init(call: UInt64) {
        self.call = call
    }
}

/// A call that is in flight, as `task.list` tells it.
package struct RunningTask: Codable, Sendable, Hashable {
    package var call: UInt64
    package var task: String
    package var mode: String
    package var generation: UInt64
    package var seconds: Double
    package var fraction: Double?
    package var note: String?

    package init(
        call: UInt64, task: String, mode: String, generation: UInt64, seconds: Double,
        fraction: Double?, note: String?
    ) {
        self.call = call
        self.task = task
        self.mode = mode
        self.generation = generation
        self.seconds = seconds
        self.fraction = fraction
        self.note = note
    }
}
