import Glibc

/// The clocks, in nanoseconds.
package enum SystemClock {
    /// Never goes back; counts from an arbitrary point. CLOCK_MONOTONIC, as in the ABI.
    package static var monotonicNanoseconds: UInt64 { read(CLOCK_MONOTONIC) }

    /// Since 1970 in UTC; may jump.
    package static var wallNanoseconds: UInt64 { read(CLOCK_REALTIME) }

    /// Any number of seconds that somebody named, from 0 to a hundred years; no number is 0.
    package static func nanoseconds(ofSeconds seconds: Double) -> UInt64 {
        seconds > 0 ? UInt64(min(seconds, secondsMax) * 1e9) : 0
    }

    private static let secondsMax = 3_153_600_000.0

    private static func read(_ clock: clockid_t) -> UInt64 {
        var time = timespec()
        let result = unsafe clock_gettime(clock, &time)
        precondition(result == 0, "clock_gettime failed")
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }

    /// Hours, minutes and seconds of the local day, for log lines.
    package static var localTimeOfDay: String {
        let parts = unsafe localParts(wallNanoseconds / 1_000_000_000)
        return unsafe "\(two(parts.tm_hour)):\(two(parts.tm_min)):\(two(parts.tm_sec))"
    }

    /// Day and time of a moment in seconds since 1970: `2026-11-20 07:12`.
    package static func localTime(ofSeconds seconds: UInt64) -> String {
        let parts = unsafe localParts(seconds)
        let day = unsafe "\(parts.tm_year + 1_900)-\(two(parts.tm_mon + 1))-\(two(parts.tm_mday))"
        return unsafe "\(day) \(two(parts.tm_hour)):\(two(parts.tm_min))"
    }

    /// A moment since 1970 in UTC: `2026-11-20T07:12:31.250Z`.
    package static func universalTime(ofNanoseconds nanoseconds: UInt64) -> String {
        var moment = time_t(clamping: nanoseconds / 1_000_000_000)
        var parts = unsafe tm()
        _ = unsafe gmtime_r(&moment, &parts)
        let day = unsafe "\(parts.tm_year + 1_900)-\(two(parts.tm_mon + 1))-\(two(parts.tm_mday))"
        let clock = unsafe "\(two(parts.tm_hour)):\(two(parts.tm_min)):\(two(parts.tm_sec))"
        let thousandths = 1_000 + nanoseconds / 1_000_000 % 1_000
        return "\(day)T\(clock).\("\(thousandths)".dropFirst())Z"
    }

    private static func localParts(_ seconds: UInt64) -> tm {
        var moment = time_t(clamping: seconds)
        var parts = unsafe tm()
        _ = unsafe localtime_r(&moment, &parts)
        return unsafe parts
    }

    private static func two(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
