import KernelSystem

/// Threads that do the same thing again and again, each as soon as it was answered.
struct StoreLoad {
    let perSecond: Double
    /// From the call to the answer.
    let milliseconds: Spread

    private struct State {
        var samples: [Double] = []
        var failure: (any Error)?
        var running: Int
    }

    /// `body` gets the number of its thread.
    init(threads: Int, seconds: UInt64, _ body: @escaping @Sendable (Int) throws -> Void) throws {
        let state = Condition(State(running: threads))
        let begin = SystemClock.monotonicNanoseconds
        let end = begin + seconds * 1_000_000_000
        for number in 0..<threads {
            try SystemThread.start(name: "client") {
                let result = Result { try Self.repeated(until: end) { try body(number) } }
                state.withLock { state in
                    state.running -= 1
                    switch result {
                    case .success(let samples): state.samples += samples
                    case .failure(let error): state.failure = error
                    }
                }
                state.signal()
            }
        }
        _ = state.wait { $0.running == 0 ? true : nil }
        let took = Double(SystemClock.monotonicNanoseconds - begin) / 1e9
        let (samples, failure) = state.withLock { ($0.samples, $0.failure) }
        if let failure { throw failure }
        perSecond = Double(samples.count) / took
        milliseconds = Spread(samples)
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
