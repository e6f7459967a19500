/// Those who wait until a module works on no call any more. Taken under the lock of whoever keeps
/// them, and told outside it.
package struct IdleWaiters {
    package typealias Waiter = @Sendable () -> Void

    private var waiters: [Waiter] = []

    package init() {}

    package mutating func add(_ waiter: @escaping Waiter) {
        waiters.append(waiter)
    }

    /// All of them if the module is idle.
    package mutating func take(ifIdle isIdle: Bool) -> [Waiter] {
        guard isIdle, !waiters.isEmpty else { return [] }
        defer { waiters = [] }
        return waiters
    }
}
