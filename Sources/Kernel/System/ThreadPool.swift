import Glibc
import Synchronization

/// Real threads on which jobs may block. Grows when all are busy, up to a limit, beyond which jobs
/// wait; idle threads end after a while, but for the last, so that there is one even where the
/// system gives no more.
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
        var jobs: [Job] = []
        var firstJob = 0
        var counts = Counts()
        var isClosed = false
    }

    private let condition = Condition(State())
    private let name: String
    package let threadsMax: Int
    private let idleNanoseconds: UInt64

    package init(name: String, threadsMax: Int, idleSeconds: UInt64 = 30) {
        self.name = name
        self.threadsMax = threadsMax
        idleNanoseconds = idleSeconds * 1_000_000_000
    }

    package var counts: Counts { condition.withLock { $0.counts } }

    /// Runs `job` once on a thread of the pool.
    package func run(_ job: @escaping Job) {
        let startsThread = condition.withLock { state in
            state.jobs.append(job)
            state.counts.waiting += 1
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
        while let job = nextJob() { job() }
    }

    private func nextJob() -> Job? {
        condition.withLock { $0.counts.idle += 1 }
        var deadline: UInt64? = SystemClock.monotonicNanoseconds + idleNanoseconds
        while true {
            let job = condition.wait(untilNanoseconds: deadline) { state -> Job?? in
                if let job = Self.takeFirst(&state) { return job }
                return state.isClosed ? .some(nil) : nil
            }
            if let turn = condition.withLock({ Self.endWait(&$0, job ?? nil) }) { return turn }
            deadline = nil
        }
    }

    /// What the wait of an idle thread has come to: a job, or its end; nil if it goes on waiting.
    private static func endWait(_ state: inout State, _ job: Job?) -> Job?? {
        // A job may have arrived between the time-out and here.
        if let job = job ?? takeFirst(&state) {
            state.counts.idle -= 1
            return job
        }
        guard state.isClosed || state.counts.threads - state.counts.abandoned > 1 else {
            return nil
        }
        state.counts.idle -= 1
        state.counts.threads -= 1
        return .some(nil)
    }

    private static func takeFirst(_ state: inout State) -> Job? {
        guard state.firstJob < state.jobs.count else { return nil }
        let job = state.jobs[state.firstJob]
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
