import KernelSystem

/// Threads that do something at once.
enum Crowd {
    /// Runs `body` with its number on each thread; waits for all, and throws what the first one
    /// threw.
    static func run(_ threads: Int, _ body: @escaping @Sendable (Int) throws -> Void) throws {
        let state = Condition((running: threads, failure: (any Error)?.none))
        for number in 0..<threads {
            try SystemThread.start(name: "client") {
                let result = Result { try body(number) }
                state.withLock { state in
                    state.running -= 1
                    if case .failure(let error) = result { state.failure = state.failure ?? error }
                }
                state.signal()
            }
        }
        _ = state.wait { $0.running == 0 ? true : nil }
        if let failure = state.withLock({ $0.failure }) { throw failure }
    }
}
