package import KernelBase
package import KernelModels
import KernelSystem

/// How it stands with one model that the kernel runs.
package struct LocalModelStatus: Sendable, Hashable {
    package let name: String
    package let file: String
    package internal(set) var state = State.idle
    /// How many have it now or wait for it.
    package internal(set) var users = 0
    package internal(set) var port: UInt16?
    package internal(set) var process: Int32?
    /// What it is reckoned with; nil until it was asked for once.
    package internal(set) var memoryBytes: Int?
    package internal(set) var contextTokens: Int?
    /// On the monotonic clock, while it is loaded and nobody has it.
    package internal(set) var idleSinceNanoseconds: UInt64?
    /// Why it failed, or crashed last.
    package internal(set) var reason: String?
    /// While it loads: how far it is, from 0 to 1, if that is known.
    package internal(set) var fraction: Double?

    package enum State: String, Sendable, Hashable, CaseIterable {
        case idle, waiting, loading, ready
        /// Somebody else's server has it.
        case lent
        case stopping
        /// It crashed, and is started again after a while if somebody wants it.
        case pausing
        case failed
    }

    init(name: String, file: String) {
        self.name = name
        self.file = file
    }

    /// What its server has of the machine's memory now.
    package var residentBytes: Int? { process.flatMap { ProcessUsage.residentBytes(of: $0) } }
}

/// A model gets ready, or no longer does: for everybody who may want it, not only who asked.
package struct LocalLoad: Sendable, Hashable {
    package let model: String
    package let state: LocalModelStatus.State
    package let progress: LoadingProgress
    /// Since it began.
    package let seconds: Double
    /// It is told for the first time that this model loads.
    package let isFirst: Bool

    /// Nothing more of it follows.
    package var isOver: Bool { ![.waiting, .loading, .pausing].contains(state) }
}

/// Something that happened to a model, for the log and for whoever looks.
package struct LocalNews: Sendable, Hashable {
    package let model: String
    package let level: LogLevel
    package let text: String
}
