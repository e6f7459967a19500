import Glibc
import Synchronization

/// Real threads on which jobs may block. Grows when all are busy, up to a limit, beyond which jobs
/// wait. Threads that nobody needs end after a while, whether they sleep or share the work of
/// fewer; but for the last, so that there is one even where the system gives no more.
package final class ThreadPool: Sendable {
    package typealias Job = @Sendable () -> Void

    package struct Counts: Sendable, Hashable {
        package var threads = 0
        package var idle = 0
        package var waiting = 0
        /// Threads whose job outlived its caller. They no longer count against the limit.
        package var abandoned = 0
    }

    private struct State {
        /// Nil where a job was taken, so that whoever runs it holds it alone.
        var jobs: [Job?] = []
        var firstJob = 0
        var counts = Counts()
        var isClosed = false
        /// Of the idle threads, those for which there was no job, at the busiest time since the
        /// window began.
        var spareLeast = 0
        var windowEndNanoseconds: UInt64 = 0
        /// So many threads end as soon as they have nothing to do.
        var surplus = 0

        var spare: Int { max(0, counts.idle - counts.waiting) }
        var hasSeveralThreads: Bool { counts.threads - counts.abandoned > 1 }
    }

    private enum Turn {
        case job(Job)
        case end
    }

    private let condition = Condition(State())
    private let name: String
    package let threadsMax: Int
    private let idleNanoseconds: UInt64

    package init(name: String, threadsMax: Int, idleSeconds: Double = 30) {
        self.name = name
        self.threadsMax = threadsMax
        idleNanoseconds = UInt64(idleSeconds * 1e9)
    }

    package var counts: Counts { condition.withLock { $0.counts } }

    /// Runs `job` once on a thread of the pool.
    package func run(_ job: @escaping Job) {
        let startsThread = condition.withLock { state in
            state.jobs.append(job)
            state.counts.waiting += 1
            state.spareLeast = min(state.spareLeast, state.spare)
            state.surplus = min(state.surplus, state.spare)
            guard state.counts.idle < state.counts.waiting,
                state.counts.threads - state.counts.abandoned < threadsMax
            else { return false }
            state.counts.threads += 1
            return true
        }
        if startsThread { startThread() }
        condition.signal()
    }

    /// Says that the job on a thread will not be waited for any more: another thread may take its
    /// place. `reclaimThread` says that the job has come back after all.
    package func abandonThread() {
        let startsThread = condition.withLock { state in
            state.counts.abandoned += 1
            guard state.counts.waiting > state.counts.idle else { return false }
            state.counts.threads += 1
            return true
        }
        if startsThread { startThread() }
    }

    /// A job whose thread was given up for lost has returned.
    package func reclaimThread() {
        condition.withLock { $0.counts.abandoned -= 1 }
    }

    /// Lets threads end once they are idle; waiting jobs still run.
    package func close() {
        condition.withLock { $0.isClosed = true }
        condition.broadcast()
    }

    private func startThread() {
        while (try? SystemThread.start(name: name) { self.work() }) == nil {
            // With another thread the job is only later; without one it would wait for ever.
            let isAlone = condition.withLock { state in
                guard state.counts.threads - state.counts.abandoned > 1 else { return true }
                state.counts.threads -= 1
                return false
            }
            guard isAlone else { return }
            SystemThread.sleep(nanoseconds: Self.retryNanoseconds)
        }
    }

    /// Between attempts to start the only thread.
    private static let retryNanoseconds: UInt64 = 10_000_000

    private func work() {
        Self.markThread()
        while case .job(let job) = nextTurn() { job() }
    }

    private func nextTurn() -> Turn {
        let now = SystemClock.monotonicNanoseconds
        var deadline: UInt64? = now + idleNanoseconds
        var isIdle = false
        while true {
            let turn = condition.wait(untilNanoseconds: deadline) { state -> Turn? in
                if let turn = Self.turn(&state, isIdle: isIdle) { return turn }
                guard !isIdle else { return nil }
                if self.isTooMany(&state, now) { return .end }
                state.counts.idle += 1
                isIdle = true
                return nil
            }
            if let turn = turn ?? condition.withLock({ Self.endWait(&$0) }) { return turn }
            deadline = nil
        }
    }

    /// A job, or the end of the pool; nil while there is neither.
    private static func turn(_ state: inout State, isIdle: Bool) -> Turn? {
        let job = takeFirst(&state)
        guard job != nil || state.isClosed else { return nil }
        // Together with the job: one that comes next must not count on this thread.
        if isIdle { state.counts.idle -= 1 }
        if let job { return .job(job) }
        state.counts.threads -= 1
        return .end
    }

    /// Looks once in a while how many threads the work could do without. They end here rather
    /// than in their sleep, since those that share little work among them never sleep for long.
    private func isTooMany(_ state: inout State, _ now: UInt64) -> Bool {
        if now >= state.windowEndNanoseconds {
            state.surplus = state.windowEndNanoseconds > 0 ? state.spareLeast : 0
            state.spareLeast = state.spare
            state.windowEndNanoseconds = now + idleNanoseconds
        }
        guard state.surplus > 0, state.hasSeveralThreads else { return false }
        state.surplus -= 1
        state.counts.threads -= 1
        return true
    }

    /// What the time-out of an idle thread has come to; nil if it goes on waiting.
    private static func endWait(_ state: inout State) -> Turn? {
        // A job may have arrived between the time-out and here.
        if let turn = turn(&state, isIdle: true) { return turn }
        guard state.hasSeveralThreads else { return nil }
        state.counts.idle -= 1
        state.counts.threads -= 1
        return .end
    }

    private static func takeFirst(_ state: inout State) -> Job? {
        guard state.firstJob < state.jobs.count else { return nil }
        let job = state.jobs[state.firstJob].take()
        state.firstJob += 1
        state.counts.waiting -= 1
        if state.firstJob == state.jobs.count {
            state.jobs.removeAll(keepingCapacity: state.jobs.count < 1_024)
            state.firstJob = 0
        } else if state.firstJob > 4_096 {
            state.jobs.removeFirst(state.firstJob)
            state.firstJob = 0
        }
        return job
    }
}

extension ThreadPool {
    /// Is the calling thread one on which blocking is allowed because a pool made it?
    package static var isCurrentThread: Bool { unsafe pthread_getspecific(threadKey) != nil }

    private static let threadKey: pthread_key_t = {
        var key = pthread_key_t()
        let code = unsafe pthread_key_create(&key, nil)
        precondition(code == 0, "no more thread keys")
        return key
    }()

    private static func markThread() {
        unsafe pthread_setspecific(threadKey, UnsafeRawPointer(bitPattern: 1))
    }
}
