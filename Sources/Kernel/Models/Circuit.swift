package import ModuleChat

/// Keeps a server that fails again and again from being asked for a while. A value without I/O.
package struct Circuit: Sendable, Hashable {
    private var failuresInRow = 0
    private var timesOpened = 0
    private var openUntil: UInt64 = 0
    /// One question was let through to see whether it works again.
    private var trial: Trial?
    private var lastTrial: UInt64 = 0
    package private(set) var lastFailure: ChatFailure?

    private struct Trial: Sendable, Hashable {
        let number: UInt64
        let untilNanoseconds: UInt64
    }

    private static let failuresMax = 5
    private static let firstSeconds: UInt64 = 15
    private static let secondsMax: UInt64 = 300
    /// Whoever tries for longer is not waited for: another one may try.
    private static let trialNanosecondsMax: UInt64 = 600_000_000_000

    package init() {}

    package enum Gate: Sendable, Hashable {
        /// With the number of the trial that this is, while the server is not trusted. A trial ends
        /// with `worked`, `failed` or `saidNothing`.
        case open(trial: UInt64?)
        /// Nobody asks before that time.
        case shut(untilNanoseconds: UInt64)
        /// Somebody tries just now: what comes of it decides.
        case tried
    }

    package mutating func enter(now: UInt64) -> Gate {
        guard isOpened else { return .open(trial: nil) }
        if let trial, now < trial.untilNanoseconds { return .tried }
        guard now >= openUntil else { return .shut(untilNanoseconds: openUntil) }
        lastTrial += 1
        trial = Trial(number: lastTrial, untilNanoseconds: now + Self.trialNanosecondsMax)
        return .open(trial: lastTrial)
    }

    /// Until when nobody asks; looks only.
    package func shutUntil(now: UInt64) -> UInt64? {
        isOpened && now < openUntil ? openUntil : nil
    }

    package mutating func worked() {
        let number = lastTrial
        self = Circuit()
        lastTrial = number
    }

    /// The question came to no end that says anything of the server.
    package mutating func saidNothing(trial number: UInt64?) {
        if trial?.number == number { trial = nil }
    }

    /// A question that was let in before the server was left alone tells nothing new.
    package mutating func failed(_ failure: ChatFailure, trial number: UInt64?, now: UInt64) {
        lastFailure = failure
        guard !isOpened || trial?.number == number else { return }
        trial = nil
        guard !isOpened || now >= openUntil else { return }
        failuresInRow += 1
        guard isOpened else { return }
        let seconds = min(Self.firstSeconds << min(UInt64(timesOpened), 8), Self.secondsMax)
        timesOpened += 1
        openUntil = now + seconds * 1_000_000_000
    }

    /// So often it failed that it is left alone.
    private var isOpened: Bool { failuresInRow >= Self.failuresMax }

    /// Whether the failure is one of the server, not of the question or of its asker.
    package static func isOfServer(_ failure: ChatFailure) -> Bool {
        switch failure.kind {
        case .network, .stalled, .server, .overloaded, .cutShort: true
        default: false
        }
    }
}
