/// Where a task runs.
package enum RunMode: UInt32, Sendable, Hashable, NamedChoice {
    case main = 1
    case thread = 2
    case process = 3

    package var name: String {
        switch self {
        case .main: "main"
        case .thread: "thread"
        case .process: "process"
        }
    }
}

/// What a task may do to the machine, as its author declares it.
package enum Risk: UInt8, Sendable, Hashable, NamedChoice {
    case read = 0
    case write = 1
    case danger = 2

    package var name: String {
        switch self {
        case .read: "read"
        case .write: "write"
        case .danger: "danger"
        }
    }
}

/// How the bytes of a result or of partial output are to be read. The numbers are the ABI's.
package enum PayloadKind: UInt32, Sendable, Hashable {
    case text = 1
    case json = 2
    case bytes = 3
}

/// What became of a call. The numbers are the ABI's `mod_status`.
package enum CallStatus: Int32, Sendable, Hashable {
    case ok = 0
    case failed = -1
    case invalid = -2
    case notFound = -3
    case denied = -4
    case cancelled = -5
    case deadline = -6
    case busy = -7
    case unsupported = -8
    case limit = -9
    case misuse = -10

    /// A status that this kernel does not know is a failure all the same.
    package init(code: Int32) {
        self = CallStatus(rawValue: code) ?? (code >= 0 ? .ok : .failed)
    }

    /// The word that scripts see.
    package var name: String {
        switch self {
        case .ok: "ok"
        case .failed: "failed"
        case .invalid: "invalid"
        case .notFound: "not found"
        case .denied: "denied"
        case .cancelled: "cancelled"
        case .deadline: "deadline"
        case .busy: "busy"
        case .unsupported: "unsupported"
        case .limit: "limit"
        case .misuse: "misuse"
        }
    }
}

/// Why a call is asked to end. The numbers are the ABI's.
package enum CancelReason: UInt32, Sendable, Hashable {
    case requested = 1
    case deadline = 2
    case drain = 3
}

/// How much a log line matters. The numbers are the ABI's.
package enum LogLevel: UInt32, Sendable, Hashable, Comparable, NamedChoice {
    case debug = 1
    case info = 2
    case warning = 3
    case error = 4

    package var name: String {
        switch self {
        case .debug: "debug"
        case .info: "info"
        case .warning: "warning"
        case .error: "error"
        }
    }

    package static func < (left: LogLevel, right: LogLevel) -> Bool {
        left.rawValue < right.rawValue
    }
}

/// The end of a call: a value, or the reason why there is none.
package struct CallOutcome: Sendable, Hashable {
    package var status: CallStatus
    package var kind: PayloadKind
    package var value: [UInt8]
    /// The sentence that goes with a failure; empty for success.
    package var message: String
    /// It came to its end before any code of its module ran for it.
    package var isUnbegun = false

    package init(status: CallStatus, kind: PayloadKind, value: [UInt8], message: String) {
        self.status = status
        self.kind = kind
        self.value = value
        self.message = message
    }

    package static func failure(_ status: CallStatus, _ message: String) -> CallOutcome {
        CallOutcome(status: status, kind: .text, value: [], message: message)
    }

    /// Of a call that no code of its module ran for.
    package static func unbegun(_ status: CallStatus, _ message: String) -> CallOutcome {
        var outcome = failure(status, message)
        outcome.isUnbegun = true
        return outcome
    }

    package var succeeded: Bool { status == .ok }
}
