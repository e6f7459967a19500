import KernelBase

/// How often and how soon a build that failed is tried again.
package struct RestartPolicy: Sendable, Hashable {
    /// With so many failures of one class within the window the build is quarantined.
    package var failuresMax = 5
    package var windowSeconds = 300.0
    /// The first failure costs no wait, the second this long, each further one twice as long.
    package var waitSeconds = 1.0
    package var waitSecondsMax = 60.0
    /// The first quarantine; each further one of the build is twice as long.
    package var quarantineSeconds = 300.0
    package var quarantineSecondsMax = 86_400.0

    package init() {}

    /// How long the quarantine lasts that is the build's `count`th, counted from 1.
    package func quarantineSeconds(_ count: Int) -> Double {
        Doubling.pause(first: quarantineSeconds, after: count - 1, max: quarantineSecondsMax)
    }

    fileprivate func waitSeconds(afterFailures count: Int) -> Double {
        count < 2 ? 0 : Doubling.pause(first: waitSeconds, after: count - 2, max: waitSecondsMax)
    }
}

/// The failures of one class of one build: a value without I/O.
package struct FailureHistory: Sendable, Hashable {
    package enum Step: Sendable, Hashable {
        case retry(afterSeconds: Double)
        case quarantine
    }

    private var failures: [UInt64] = []
    /// When the last quarantine ended, or will.
    private var freeNanoseconds: UInt64?

    package init() {}

    package var count: Int { failures.count }

    /// It has failed again.
    package mutating func fail(nowNanoseconds now: UInt64, _ policy: RestartPolicy) -> Step {
        let window = UInt64(policy.windowSeconds * 1e9)
        // One that comes out of quarantine has a single try to show that it is well.
        if let free = freeNanoseconds, now < free + window { return .quarantine }
        failures.removeAll { $0 + window <= now }
        failures.append(now)
        guard failures.count < policy.failuresMax else { return .quarantine }
        return .retry(afterSeconds: policy.waitSeconds(afterFailures: failures.count))
    }

    package mutating func quarantined(untilNanoseconds end: UInt64) {
        failures = []
        freeNanoseconds = end
    }
}
