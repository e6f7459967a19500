import KernelSystem

/// A point in time, in milliseconds since 1970 in UTC. The clock behind it may jump, so that an
/// order of events is told by ids and not by moments.
package struct Moment: Sendable, Hashable, Comparable {
    package let milliseconds: Int64

    package init(milliseconds: Int64) {
        self.milliseconds = milliseconds
    }

    package static var now: Moment {
        Moment(milliseconds: Int64(SystemClock.wallNanoseconds / 1_000_000))
    }

    /// In UTC: `2026-11-20T07:12:31.250Z`.
    package var universal: String {
        SystemClock.universalTime(ofNanoseconds: UInt64(max(milliseconds, 0)) &* 1_000_000)
    }

    package func adding(milliseconds more: Int64) -> Moment {
        let (sum, overflows) = milliseconds.addingReportingOverflow(more)
        return Moment(milliseconds: overflows ? .max : sum)
    }

    package static func < (left: Moment, right: Moment) -> Bool {
        left.milliseconds < right.milliseconds
    }
}
