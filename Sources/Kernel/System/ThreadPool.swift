import Glibc
package import KernelBase
import Synchronization

/// Real threads on which jobs may block. Grows when all are busy, up to a limit, beyond which jobs
/// wait. Threads that nobody needs end after a while, whether they sleep or share the work of
/// fewer; but for the last, so that there is one even where the system gives no more.
package final class ThreadPool: Sendable {
    package typealias Job = PoolState.Job
    package typealias Counts = PoolState.Counts

    private let condition: Condition<PoolState>
    private let name: String
    package let threadsMax: Int
    private let idleNanoseconds: UInt64

    package init(name: String, threadsMax: Int, idleSeconds: Double = 30) {
        self.name = name
        self.threadsMax = threadsMax
        idleNanoseconds = UInt64(idleSeconds * 1e9)
        condition = Condition(
            PoolState(threadsMax: threadsMax, windowNanoseconds: idleNanoseconds))
    }

    package var counts: Counts { condition.withLock { $0.counts } }

    /// Runs `job` once on a thread of the pool.
    package func run(_ job: @escaping Job) {
        if condition.withLock({ $0.add(job) }) { startThread() }
        condition.signal()
    }

    /// Says that the job on a thread will not be waited for any more: another thread may take its
    /// place. `reclaimThread` says that the job has come back after all.
    package func abandonThread() {
        if condition.withLock({ $0.abandonThread() }) { startThread() }
    }

    /// A job whose thread was given up for lost has returned.
    package func reclaimThread() {
        condition.withLock { $0.reclaimThread() }
    }

    /// Lets threads end once they are idle; waiting jobs still run.
    package func close() {
        condition.withLock { $0.close() }
        condition.broadcast()
    }

    private func startThread() {
        while (try? SystemThread.start(name: name) { self.work() }) == nil {
            // With another thread the job is only later; without one it would wait for ever.
            if condition.withLock({ $0.dropThread() }) { return }
            SystemThread.sleep(nanoseconds: Self.retryNanoseconds)
        }
    }

    /// Between attempts to start the only thread.
    private static let retryNanoseconds: UInt64 = 10_000_000

    private func work() {
        Self.markThread()
        while case .job(let job) = nextTurn() { job() }
    }

    private func nextTurn() -> PoolState.Turn {
        let now = SystemClock.monotonicNanoseconds
        if let turn = condition.withLock({ $0.turnOrIdle(nowNanoseconds: now) }) { return turn }
        var deadline: UInt64? = now + idleNanoseconds
        while true {
            let turn = condition.wait(untilNanoseconds: deadline) { $0.idleTurn() }
            if let turn = turn ?? condition.withLock({ $0.timedOutTurn() }) { return turn }
            deadline = nil
        }
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
