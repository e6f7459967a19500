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
        while let jobs = next() {
            for job in jobs { job() }
        }
    }

    /// All that have come: to take them one by one would move the others each time.
    private func next() -> [Job]? {
        state.withLock { state in
            guard !state.jobs.isEmpty else {
                state.isRunning = false
                return nil
            }
            defer { state.jobs = [] }
            return state.jobs
        }
    }
}
