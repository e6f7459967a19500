import Synchronization

/// Jobs that run one after the other, on whatever thread of a pool is free.
package final class SerialLane: Sendable {
    package typealias Job = @Sendable () -> Void

    private struct State {
        /// From `first` on; those before have run.
        var jobs: [Job?] = []
        var first = 0
        var isRunning = false
    }

    /// So many places of jobs that have run may be kept.
    private static let keptMax = 1_024

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
            guard state.first < state.jobs.count else {
                state.jobs.removeAll(keepingCapacity: state.jobs.count <= Self.keptMax)
                state.first = 0
                state.isRunning = false
                return nil
            }
            let job = state.jobs[state.first].take()
            state.first += 1
            // Of a lane that never comes to rest.
            if state.first >= Self.keptMax, state.first * 2 > state.jobs.count {
                state.jobs.removeSubrange(..<state.first)
                state.first = 0
            }
            return job
        }
    }
}
