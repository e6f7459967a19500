import KernelSystem

/// Threads that do the same thing again and again, each as soon as it was answered.
struct StoreLoad {
    let perSecond: Double
    /// From the call to the answer.
    let milliseconds: Spread

    /// `body` gets the number of its thread.
    init(threads: Int, seconds: UInt64, _ body: @escaping @Sendable (Int) throws -> Void) throws {
        let samples = Condition<[Double]>([])
        let begin = SystemClock.monotonicNanoseconds
        let end = begin + seconds * 1_000_000_000
        try Crowd.run(threads) { number in
            let own = try Self.repeated(until: end) { try body(number) }
            samples.withLock { $0 += own }
        }
        let took = Double(SystemClock.monotonicNanoseconds - begin) / 1e9
        let all = samples.withLock { $0 }
        perSecond = Double(all.count) / took
        milliseconds = Spread(all)
    }

    private static func repeated(
        until end: UInt64, _ body: () throws -> Void
    ) throws -> [Double] {
        var samples: [Double] = []
        repeat {
            samples.append(try Stopwatch.once(in: .milliseconds, body))
        } while SystemClock.monotonicNanoseconds < end
        return samples
    }
}
