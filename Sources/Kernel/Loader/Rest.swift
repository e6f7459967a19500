package import KernelBase
package import KernelHosting
import KernelSystem

/// A time in which a generation is not used after it has failed.
package struct Rest: Sendable {
    /// On the monotonic clock; 0: it is over already.
    package var untilNanoseconds: UInt64
    package var isQuarantine: Bool
    /// Goes on after "fs is": "started again in 4 s".
    private let what: @Sendable () -> String
    private let reason: String?

    package init(
        untilNanoseconds: UInt64 = 0, isQuarantine: Bool = false, since reason: String? = nil,
        what: @escaping @Sendable () -> String
    ) {
        self.untilNanoseconds = untilNanoseconds
        self.isQuarantine = isQuarantine
        self.reason = reason
        self.what = what
    }

    /// For who knows the reason.
    package var consequence: String { what() }

    /// "started again in 4 s, since its process was ended by …"
    package var words: String { what() + (reason.map { ", since \($0)" } ?? "") }

    package var isInForce: Bool { SystemClock.monotonicNanoseconds < untilNanoseconds }
}

/// Why a generation has no instance.
package enum Unavailable: Error, Sendable, CustomStringConvertible {
    case failed(ModuleFailure)
    case resting(Rest)

    package var description: String {
        switch self {
        case .failed(let failure): "could not be brought up: \(failure)"
        case .resting(let rest): "is \(rest.words)"
        }
    }

    package var status: CallStatus {
        switch self {
        case .failed(let failure): failure.status
        case .resting: .busy
        }
    }
}
