/// Merges the reports of one call that come too fast for anybody to read, and loses none of them
/// that is the last: a value without I/O.
struct ProgressMerge: Sendable, Hashable {
    struct Report: Sendable, Hashable {
        let fraction: Double?
        let note: String
    }

    enum Step: Sendable, Hashable {
        case tell
        /// The report is kept: take it back then, unless something is said before.
        case wait(untilNanoseconds: UInt64)
        /// Another report waits already, and this one takes its place.
        case merged
    }

    private var lastNanoseconds: UInt64?
    private var pending: Report?

    /// A person sees no more than about twenty a second.
    static let gapNanoseconds: UInt64 = 50_000_000

    mutating func next(_ report: Report, now: UInt64) -> Step {
        guard let last = lastNanoseconds, now < last + Self.gapNanoseconds else {
            pending = nil
            lastNanoseconds = now
            return .tell
        }
        defer { pending = report }
        return pending == nil ? .wait(untilNanoseconds: last + Self.gapNanoseconds) : .merged
    }

    mutating func takePending(now: UInt64) -> Report? {
        guard let report = pending else { return nil }
        pending = nil
        lastNanoseconds = now
        return report
    }
}
