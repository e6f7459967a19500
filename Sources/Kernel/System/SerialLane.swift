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
        // Each is let go as soon as it has run: it may hold much.
        while var batch = next() { while let job = batch.popLast() { job() } }
    }

    /// All that wait, the first one last: one taken off the front moves all others.
    private func next() -> [Job]? {
        let jobs = state.withLock { state in
            defer {
                state.isRunning = !state.jobs.isEmpty
                state.jobs = []
            }
            return state.jobs
        }
        return jobs.isEmpty ? nil : jobs.reversed()
    }
}
