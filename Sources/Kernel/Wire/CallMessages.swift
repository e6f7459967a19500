package import ModuleJSON

/// `call.run`: do this now, and reply when it has ended.
package struct RunCall: Codable, Sendable, Hashable {
    package static let method = "call.run"

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

/// The reply to `call.run`.
package struct CallAnswer: Codable, Sendable, Hashable {
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

/// `call.started`, `call.progress` and `call.output`: what a call says before it ends. `request`
/// is the id of the `call.run` that began it.
package struct CallNews: Codable, Sendable, Hashable {
    package static let started = "call.started"
    package static let progress = "call.progress"
    package static let output = "call.output"

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

/// `call.cancel`
package struct CancelCall: Codable, Sendable, Hashable {
    package static let method = "call.cancel"

    package var call: UInt64

    package init(call: UInt64) {
        self.call = call
    }
}

/// A call that is in flight, as `call.list` tells it.
package struct CallListing: Codable, Sendable, Hashable {
    package var call: UInt64
    package var task: String
    package var mode: String
    package var generation: UInt64
    package var seconds: Double
    package var fraction: Double?
    package var note: String?
    /// The durable task that it is an attempt of.
    package var durableTask: String?

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
