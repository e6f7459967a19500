import CInotify
import Glibc
import Synchronization

/// A value behind a lock that threads can wait on. `Mutex` has no condition variable, and glibc's
/// may lose a wake-up up to 2.40 (its bug 25847): this one counts on a futex.
@safe package final class Condition<State>: @unchecked Sendable {
    // @unchecked: `state` is touched only while `mutex` is held.
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    /// How often somebody was to be woken. Who sleeps does so as long as it stays the same.
    private let calls: UnsafeMutablePointer<Atomic<UInt32>>
    /// Changed only while `mutex` is held.
    private let sleepers = Atomic(0)
    private var state: State

    package init(_ state: sending State) {
        self.state = state
        unsafe mutex = .allocate(capacity: 1)
        unsafe mutex.initialize(to: pthread_mutex_t())
        unsafe pthread_mutex_init(mutex, nil)
        unsafe calls = .allocate(capacity: 1)
        unsafe calls.initialize(to: Atomic(0))
    }

    deinit {
        unsafe pthread_mutex_destroy(mutex)
        unsafe mutex.deallocate()
        unsafe calls.deallocate()
    }

    /// Runs `body` with the lock held. It must be short and must not block.
    package func withLock<Result>(_ body: (inout State) throws -> Result) rethrows -> Result {
        unsafe pthread_mutex_lock(mutex)
        defer { unsafe pthread_mutex_unlock(mutex) }
        return try body(&state)
    }

    package func signal() { wake(1) }

    package func broadcast() { wake(.max) }

    private func wake(_ count: Int32) {
        // Who found the state as it was before it changed was counted under the same lock.
        guard sleepers.load(ordering: .acquiring) > 0 else { return }
        unsafe calls.pointee.add(1, ordering: .sequentiallyConsistent)
        unsafe linux_futex_wake(calls, count)
    }

    /// Waits until `body` returns a value, asking it again after every signal. Returns nil if the
    /// deadline (on the monotonic clock; nil waits for ever) passes first.
    package func wait<Result>(
        untilNanoseconds deadline: UInt64? = nil, _ body: (inout State) -> Result?
    ) -> Result? {
        unsafe pthread_mutex_lock(mutex)
        defer { unsafe pthread_mutex_unlock(mutex) }
        while true {
            if let result = body(&state) { return result }
            if sleep(until: deadline.map { Int64(clamping: $0) } ?? -1) { return body(&state) }
        }
    }

    /// With the lock, which others have meanwhile. True once the deadline has passed.
    private func sleep(until deadline: Int64) -> Bool {
        let seen = unsafe calls.pointee.load(ordering: .relaxed)
        sleepers.add(1, ordering: .sequentiallyConsistent)
        unsafe pthread_mutex_unlock(mutex)
        let why = unsafe linux_futex_wait(calls, seen, deadline)
        unsafe pthread_mutex_lock(mutex)
        sleepers.subtract(1, ordering: .relaxed)
        return why == ETIMEDOUT
    }
}
