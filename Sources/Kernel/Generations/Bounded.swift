import KernelBase
package import KernelHosting
import KernelSystem

/// One function of a module under a deadline, on a thread that is given up if it does not come
/// back. Who asks hears exactly once.
package final class Bounded<Value: Sendable>: Sendable {
    package typealias Outcome = Result<Value, ModuleFailure>
    package typealias Body = @Sendable () throws(ModuleFailure) -> Value
    /// Told what came of a function that was given up and has returned after all.
    package typealias Late = @Sendable (Outcome) -> Void

    private enum State {
        case queued
        case running
        case returned(Outcome)
        case givenUp

        var outcome: Outcome? {
            if case .returned(let outcome) = self { outcome } else { nil }
        }
    }

    private let state = Condition(State.queued)
    private let pool: ThreadPool
    private let step: LifecycleStep
    private let seconds: Double

    /// A job that is run once, by `run` or `begin`.
    init(on pool: ThreadPool, _ step: LifecycleStep, withinSeconds seconds: Double) {
        self.pool = pool
        self.step = step
        self.seconds = seconds
    }

    /// Waits for the function.
    func run(
        late: @escaping Late, _ body: @escaping Body
    ) throws(ModuleFailure) -> Value {
        pool.run { self.work(body, onTime: { _ in }, late: late) }
        let deadline = SystemClock.monotonicNanoseconds + UInt64(seconds * 1e9)
        _ = state.wait(untilNanoseconds: deadline) { $0.outcome == nil ? nil : true }
        if let missed = giveUp() { return try missed.get() }
        guard let outcome = state.withLock({ $0.outcome }) else {
            preconditionFailure("a job was given up twice")
        }
        return try outcome.get()
    }

    /// Waits for nothing: `onTime` is told of the end, or at the deadline that there was none.
    func begin(
        alarms: Alarms, late: @escaping Late, onTime: @escaping @Sendable (Outcome) -> Void,
        _ body: @escaping Body
    ) {
        let alarm = alarms.run(afterSeconds: seconds) {
            // Whoever waits may do more than an alarm's thread has time for.
            if let outcome = self.giveUp() { self.pool.run { onTime(outcome) } }
        }
        pool.run {
            self.work(
                body,
                onTime: { outcome in
                    alarms.cancel(alarm)
                    onTime(outcome)
                }, late: late)
        }
    }

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

    /// The deadline has passed. Nil if the function was quicker after all.
    private func giveUp() -> Outcome? {
        let former = state.withLock { state -> State in
            if case .returned = state { return state }
            defer { state = .givenUp }
            return state
        }
        switch former {
        case .returned, .givenUp:
            return nil
        case .running:
            pool.abandonThread()
            return failure("it did not return within \(seconds) s; its thread is lost")
        case .queued:
            return failure("no thread was free for it within \(seconds) s")
        }
    }

    private func failure(_ sentence: String) -> Outcome {
        .failure(ModuleFailure(step, .deadline, sentence))
    }
}
