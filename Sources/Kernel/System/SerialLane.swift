import Synchronization

/// Jobs that run one after the other, on whatever thread of a pool is free.
package final class SerialLane: Sendable {
    package typealias Job = @Sendable () -> Void

    private struct State {
        var jobs: [Job] = []
        var isRunning = false
    }

    private let state = Mutex(State())
    private let pool: ThreadPool

    package init(on pool: ThreadPool) {
        self.pool = pool
    }

    package func run(_ job: @escaping Job) {
        let starts = state.withLock { state in
            state.jobs.append(job)
            defer { state.isRunning = true }
            return !state.isRunning
        }
        if starts { pool.run { self.work() } }
    }

    private func work() {
        while let job = next() { job() }
    }

    private func next() -> Job? {
        state.withLock { state in
            guard !state.jobs.isEmpty else {
                state.isRunning = false
                return nil
            }
            return state.jobs.removeFirst()
        }
    }
}

extension ThreadPool {
    /// Runs `body` on a thread of the pool and waits for it, but not beyond the deadline: then the
    /// thread is given up, counted, and nil is returned. It is counted back if it returns late.
    package func run<Result: Sendable>(
        withinSeconds seconds: Double, _ body: @escaping @Sendable () -> Result
    ) -> Result? {
        let outcome = Condition(Outcome<Result>.running)
        run {
            let result = body()
            let isLate = outcome.withLock { outcome in
                if case .givenUp = outcome { return true }
                outcome = .done(result)
                return false
            }
            outcome.broadcast()
            if isLate { self.reclaimThread() }
        }
        let deadline = SystemClock.monotonicNanoseconds + UInt64(seconds * 1e9)
        let result = outcome.wait(untilNanoseconds: deadline) { outcome -> Result? in
            if case .done(let result) = outcome { return result }
            return nil
        }
        if let result { return result }
        let late = outcome.withLock { outcome -> Result? in
            if case .done(let result) = outcome { return result }
            outcome = .givenUp
            return nil
        }
        if late == nil { abandonThread() }
        return late
    }

    private enum Outcome<Result: Sendable>: Sendable {
        case running
        case done(Result)
        case givenUp
    }
}
