package import ModuleChat

/// Keeps a server that fails again and again from being asked for a while. A value without I/O.
package struct Circuit: Sendable, Hashable {
    private var failuresInRow = 0
    private var timesOpened = 0
    private var openUntil: UInt64 = 0
    /// One question was let through to see whether it works again.
    private var isTrying = false
    package private(set) var lastFailure: ChatFailure?

    private static let failuresMax = 5
    private static let firstSeconds: UInt64 = 15
    private static let secondsMax: UInt64 = 300

    package init() {}

    package enum Gate: Sendable, Hashable {
        case open
        /// Nobody asks before that time.
        case shut(untilNanoseconds: UInt64)
    }

    package mutating func enter(now: UInt64) -> Gate {
        guard failuresInRow >= Self.failuresMax else { return .open }
        guard now >= openUntil, !isTrying else {
            // While one tries, the others wait for what comes of it.
            return .shut(untilNanoseconds: max(openUntil, now + 1_000_000_000))
        }
        isTrying = true
        return .open
    }

    package mutating func worked() {
        self = Circuit()
    }

    /// The question that was let through came to no end that says anything of the server.
    package mutating func saidNothing() {
        isTrying = false
    }

    package mutating func failed(_ failure: ChatFailure, now: UInt64) {
        isTrying = false
        lastFailure = failure
        failuresInRow += 1
        guard failuresInRow >= Self.failuresMax else { return }
        let seconds = min(Self.firstSeconds << min(UInt64(timesOpened), 8), Self.secondsMax)
        timesOpened += 1
        openUntil = now + seconds * 1_000_000_000
    }

    /// Whether the failure is one of the server, not of the question or of its asker.
    package static func isOfServer(_ failure: ChatFailure) -> Bool {
        switch failure.kind {
        case .network, .stalled, .server, .overloaded, .cutShort: true
        default: false
        }
    }
}
