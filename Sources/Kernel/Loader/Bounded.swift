import KernelBase
import KernelHosting
import KernelSystem

/// One function of a module under a deadline, on a thread that is given up if it does not come
/// back. Who asks hears exactly once.
final class Bounded<Value: Sendable>: Sendable {
    typealias Outcome = Result<Value, ModuleFailure>
    typealias Body = @Sendable () throws(ModuleFailure) -> Value
    /// Told what came of a function that was given up and has returned after all.
    typealias Late = @Sendable (Outcome) -> Void

    private enum State {
        case queued
        case running
        case returned(Outcome)
        case givenUp
    }

    private let state = Condition(State.queued)
    private let pool: ThreadPool
    private let step: LifecycleStep
    private let seconds: Double

    private init(_ pool: ThreadPool, _ step: LifecycleStep, _ seconds: Double) {
        self.pool = pool
        self.step = step
        self.seconds = seconds
    }

    /// Waits for the function.
    static func run(
        on pool: ThreadPool, _ step: LifecycleStep, withinSeconds seconds: Double,
        late: @escaping Late, _ body: @escaping Body
    ) throws(ModuleFailure) -> Value {
        let job = Bounded(pool, step, seconds)
        pool.run { job.work(body, onTime: { _ in }, late: late) }
        let deadline = SystemClock.monotonicNanoseconds + UInt64(seconds * 1e9)
        let outcome = job.state.wait(untilNanoseconds: deadline) { state -> Outcome? in
            if case .returned(let outcome) = state { outcome } else { nil }
        }
        return try (outcome ?? job.giveUp()).get()
    }

    /// Runs a job of `work`; at the deadline `giveUp` has to be called by somebody.
    private func work(
        _ body: Body, onTime: @Sendable (Outcome) -> Void, late: Late
    ) {
        let begins = state.withLock { state -> Bool in
            // Nobody wants it any more: it waited for a thread until its deadline.
            guard case .queued = state else { return false }
            state = .running
            return true
        }
        guard begins else { return }
        let outcome = Outcome(catching: body)
        let isLate = state.withLock { state -> Bool in
            if case .givenUp = state { return true }
            state = .returned(outcome)
            return false
        }
        state.broadcast()
        if isLate {
            pool.reclaimThread()
            late(outcome)
        } else {
            onTime(outcome)
        }
    }

    /// The deadline has passed. What the function has brought if it was quicker after all.
    private func giveUp() -> Outcome {
        let former = state.withLock { state -> State in
            if case .returned = state { return state }
            defer { state = .givenUp }
            return state
        }
        switch former {
        case .returned(let outcome):
            return outcome
        case .running:
            pool.abandonThread()
            return failure("it did not return within \(seconds) s; its thread is lost")
        case .queued, .givenUp:
            return failure("no thread was free for it within \(seconds) s")
        }
    }

    private func failure(_ sentence: String) -> Outcome {
        .failure(ModuleFailure(step, .deadline, sentence))
    }
}
