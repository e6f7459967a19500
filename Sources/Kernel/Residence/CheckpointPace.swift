/// When the state of a module in a worker is saved, so that little is lost if the worker ends: a
/// moment after a call has ended, and so seldom that the module is at it for a small part of its
/// time. A value without I/O.
package struct CheckpointPace: Sendable, Hashable {
    private enum Phase: Hashable {
        case quiet
        case planned
        case saving(sinceNanoseconds: UInt64, isStale: Bool)
    }

    /// Calls that end soon after each other share one checkpoint.
    package static let quietNanoseconds: UInt64 = 100_000_000
    /// From the beginning of one to that of the next.
    package static let intervalNanoseconds: UInt64 = 1_000_000_000
    /// A save that takes long is rare: at most one part in so many of the time.
    package static let shareOfTime: UInt64 = 10

    private var phase = Phase.quiet
    private var earliestNanoseconds: UInt64 = 0

    package init() {}

    /// The state may have changed. Returns when it is to be saved; nil if that is planned already.
    package mutating func changed(nowNanoseconds now: UInt64) -> UInt64? {
        switch phase {
        case .quiet:
            phase = .planned
            return max(now + Self.quietNanoseconds, earliestNanoseconds)
        case .planned:
            return nil
        case .saving(let since, _):
            phase = .saving(sinceNanoseconds: since, isStale: true)
            return nil
        }
    }

    package mutating func begin(nowNanoseconds now: UInt64) {
        phase = .saving(sinceNanoseconds: now, isStale: false)
    }

    /// It was saved, or could not be. Returns when that is to be done again, if it has to.
    package mutating func end(nowNanoseconds now: UInt64) -> UInt64? {
        guard case .saving(let since, let isStale) = phase else { return nil }
        earliestNanoseconds = max(
            since + Self.intervalNanoseconds, now + (now - since) * Self.shareOfTime)
        phase = isStale ? .planned : .quiet
        return isStale ? max(now + Self.quietNanoseconds, earliestNanoseconds) : nil
    }
}
