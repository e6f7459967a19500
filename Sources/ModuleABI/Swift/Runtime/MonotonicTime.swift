internal import Glibc

package enum MonotonicTime {
    /// Nanoseconds on the clock of the deadlines in the contract.
    static var nanoseconds: UInt64 {
        var time = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }

    /// The moment that lies `duration` ahead.
    package static func nanoseconds(after duration: Duration) -> UInt64 {
        nanoseconds + UInt64(max(0, duration / .nanoseconds(1)))
    }

    /// The same moment on Swift's name for that clock; nil for 0.
    static func instant(_ nanosecondsOfClock: UInt64) -> SuspendingClock.Instant? {
        guard nanosecondsOfClock > 0 else { return nil }
        let remaining = Int64(clamping: nanosecondsOfClock) - Int64(clamping: nanoseconds)
        return SuspendingClock.now.advanced(by: .nanoseconds(remaining))
    }
}
