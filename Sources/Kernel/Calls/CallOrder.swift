package import KernelBase
package import ModuleJSON

/// What somebody wants done.
package struct CallOrder: Sendable {
    /// `fs.read`: the module's id and the task's name.
    package var address: String
    package var arguments: Arguments
    /// Instead of the task's own; nil keeps that.
    package var timeoutSeconds: Double?
    /// The call ends then at the latest, on the monotonic clock; 0 means no such limit.
    package var latestNanoseconds: UInt64 = 0
    /// On whose behalf: whoever asked first comes first. Empty for a call from outside.
    package var callers: [CallFacts.Caller] = []
    /// The durable task that this is an attempt of.
    package var durableTask: String?
    /// Hears where and by which build the call is run, once that is settled, and before it is. It
    /// may not block.
    package var settled: (@Sendable (CallFacts) -> Void)?

    package enum Arguments: Sendable {
        case json(JSON)
        case bytes([UInt8])
    }

    package init(_ address: String, _ arguments: Arguments, timeoutSeconds: Double? = nil) {
        self.address = address
        self.arguments = arguments
        self.timeoutSeconds = timeoutSeconds
    }
}

/// What the configuration says about one task.
package struct TaskOverride: Sendable, Hashable {
    package var mode: RunMode?
    package var timeoutSeconds: Double?

    package init(mode: RunMode? = nil, timeoutSeconds: Double? = nil) {
        self.mode = mode
        self.timeoutSeconds = timeoutSeconds
    }
}

/// Where and by which build a call is run, for whoever watches it.
package struct CallFacts: Sendable, Hashable {
    package let id: UInt64
    package let address: String
    package let mode: RunMode
    package let generation: UInt64
    /// The hash of the build; empty while a module is loaded for the first time.
    package let build: String
    package let startedNanoseconds: UInt64
    package let risk: Risk
    /// On whose behalf: whoever asked first comes first. Empty for a call from outside.
    package let callers: [Caller]
    /// The durable task that it is an attempt of.
    package let durableTask: String?

    /// A call that had this one made; `call` is 0 for a module that asked of its own accord.
    package struct Caller: Sendable, Hashable, CustomStringConvertible {
        package let call: UInt64
        /// Of the task, or the id of the module that asked of its own accord.
        package let address: String

        package var module: Substring { address.prefix { $0 != "." } }

        package var description: String { address }
    }
}
