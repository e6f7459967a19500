import Glibc

/// The clocks, in nanoseconds.
package enum SystemClock {
    /// Never goes back; counts from an arbitrary point. CLOCK_MONOTONIC, as in the ABI.
    package static var monotonicNanoseconds: UInt64 { read(CLOCK_MONOTONIC) }

    /// Since 1970 in UTC; may jump.
    package static var wallNanoseconds: UInt64 { read(CLOCK_REALTIME) }

    private static func read(_ clock: clockid_t) -> UInt64 {
        var time = timespec()
        let result = unsafe clock_gettime(clock, &time)
        precondition(result == 0, "clock_gettime failed")
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }

    /// Hours, minutes and seconds of the local day, for log lines.
    package static var localTimeOfDay: String {
        var now = time_t(wallNanoseconds / 1_000_000_000)
        var parts = unsafe tm()
        _ = unsafe localtime_r(&now, &parts)
        func two(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return unsafe "\(two(parts.tm_hour)):\(two(parts.tm_min)):\(two(parts.tm_sec))"
    }
}
