import KernelStore
import KernelSystem

/// What other threads want done on the engine's.
final class EngineMailbox: Sendable {
    typealias Job = @Sendable (EngineCore) -> Void

    private struct State {
        var jobs: [Job] = []
        var isClosed = false
        /// The clock of a test was moved.
        var isWoken = false
    }

    private let state = Condition(State())
    /// The wall clock may jump: it is looked at again after so long at the latest.
    private static let restMilliseconds: Int64 = 60_000

    func post(_ job: @escaping Job) {
        state.withLock { if !$0.isClosed { $0.jobs.append(job) } }
        state.signal()
    }

    func wake() {
        state.withLock { $0.isWoken = true }
        state.signal()
    }

    func close() {
        state.withLock { $0.isClosed = true }
        state.signal()
    }

    /// Waits for jobs, or until `due` by the clock; nil at the end.
    func next(until due: Moment?, clock: TaskClock) -> [Job]? {
        let deadline = clock.runsByItself ? Self.deadline(due, now: clock.now()) : nil
        let jobs = state.wait(untilNanoseconds: deadline) { state -> [Job]?? in
            guard state.jobs.isEmpty else {
                defer { state.jobs = [] }
                return state.jobs
            }
            if state.isClosed { return .some(nil) }
            guard state.isWoken else { return nil }
            state.isWoken = false
            return []
        }
        return jobs ?? []
    }

    private static func deadline(_ due: Moment?, now: Moment) -> UInt64? {
        let rest = due.map { min(max(0, $0.milliseconds - now.milliseconds), restMilliseconds) }
        return rest.map { SystemClock.monotonicNanoseconds + UInt64($0) * 1_000_000 }
    }
}
