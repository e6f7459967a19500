import KernelBase

/// How long a task waits before it is tried again: twice as long each time, and never the same for
/// two, so that what failed together does not come back together.
package enum BackOff {
    private static let firstMilliseconds = 1_000.0
    private static let longestMilliseconds = 300_000.0
    /// Of the pause, to both sides.
    private static let jitter = 0.2

    /// `chance` goes from 0 to 1.
    package static func milliseconds(afterAttempt attempt: Int, chance: Double) -> Int64 {
        let pause = Doubling.pause(
            first: firstMilliseconds, after: attempt - 1, max: longestMilliseconds)
        return Int64(pause * (1 + jitter * (2 * min(max(chance, 0), 1) - 1)))
    }
}
