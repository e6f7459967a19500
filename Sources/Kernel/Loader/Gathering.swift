import KernelSystem
import Synchronization

/// Several jobs at once, and who waits for the last of them.
final class Gathering: Sendable {
    private let left: Condition<Int>
    private let done: @Sendable () -> Void

    /// `done` is called after the last job, here if there is none.
    init(of count: Int, done: @escaping @Sendable () -> Void = {}) {
        left = Condition(count)
        self.done = done
        if count == 0 { done() }
    }

    func oneIsDone() {
        let isLast = left.withLock { left in
            left -= 1
            return left == 0
        }
        guard isLast else { return }
        left.broadcast()
        done()
    }

    func wait(untilNanoseconds deadline: UInt64) {
        _ = left.wait(untilNanoseconds: deadline) { $0 == 0 ? true : nil }
    }
}

extension SerialLane {
    /// Runs a job here and waits for what it gives, but no longer than the deadline: nil then, and
    /// it is run later all the same.
    func value<Value: Sendable>(
        withinSeconds seconds: Double, _ job: @escaping @Sendable () -> Value
    ) -> Value? {
        let given = Condition<Value?>(nil)
        run {
            let value = job()
            given.withLock { $0 = value }
            given.broadcast()
        }
        let deadline = SystemClock.monotonicNanoseconds + UInt64(seconds * 1e9)
        return given.wait(untilNanoseconds: deadline) { $0 }
    }
}
