import KernelBase
import Synchronization

/// The calls of one instance that are in flight. A call leaves it exactly once: that is what makes
/// its end unique, whoever comes first of the module, the deadline and the drain.
final class CallLedger: Sendable {
    private struct Entry {
        let listener: any CallListener
        var cancellation: CancelReason?
        var output = OutputBudget()
        /// The module knows of it.
        var isBegun = false
    }

    private struct State {
        var entries: [UInt64: Entry] = [:]
        /// Calls whose callers were released although the module still works on them.
        var abandoned: Set<UInt64> = []
        /// Threads inside the module's call and cancel functions, which may go on after the end
        /// of the call.
        var threadsInside = 0
        var isClosed = false
        var idleWaiters = IdleWaiters()

        /// Does the module work on no call any more, not even on one that nobody waits for?
        var isIdle: Bool { entries.isEmpty && abandoned.isEmpty && threadsInside == 0 }

        mutating func takeWaiters() -> [IdleWaiters.Waiter] {
            let isIdle = isIdle
            return idleWaiters.take(ifIdle: isIdle)
        }
    }

    private let state = Mutex(State())

    /// False while the ledger is closed: the call must not begin.
    func add(_ id: UInt64, _ listener: any CallListener) -> Bool {
        state.withLock { state in
            guard !state.isClosed else { return false }
            state.entries[id] = Entry(listener: listener)
            return true
        }
    }

    /// Says that the module gets the call now. False if it has ended meanwhile, so that the module
    /// must not hear of it any more; else `leave` says that its function has returned.
    func begin(_ id: UInt64) -> Bool {
        state.withLock { state in
            guard state.entries[id] != nil else { return false }
            state.entries[id]?.isBegun = true
            state.threadsInside += 1
            return true
        }
    }

    /// A thread has come back from the module.
    func leave() {
        let waiters = state.withLock { state in
            state.threadsInside -= 1
            return state.takeWaiters()
        }
        for waiter in waiters { waiter() }
    }

    /// Calls `waiter` once the module works on no call any more: now, or on the thread of the last.
    func whenIdle(_ waiter: @escaping @Sendable () -> Void) {
        let waiters = state.withLock { state in
            state.idleWaiters.add(waiter)
            return state.takeWaiters()
        }
        for waiter in waiters { waiter() }
    }

    /// From now on no call begins.
    func close() {
        state.withLock { $0.isClosed = true }
    }

    func open() {
        state.withLock { $0.isClosed = false }
    }

    enum Removed {
        case ended(any CallListener, CancelReason?)
        /// The caller was released before: nobody waits for this end.
        case abandoned
        case unknown
    }

    /// Takes the call out because the module has ended it.
    func finish(_ id: UInt64) -> Removed {
        let (removed, waiters) = state.withLock { state in
            let removed: Removed
            if let entry = state.entries.removeValue(forKey: id) {
                removed = .ended(entry.listener, entry.cancellation)
            } else {
                removed = state.abandoned.remove(id) == nil ? .unknown : .abandoned
            }
            return (removed, state.takeWaiters())
        }
        for waiter in waiters { waiter() }
        return removed
    }

    /// Takes the call out although the module has not ended it; nil if it has.
    func release(_ id: UInt64) -> (any CallListener)? {
        let (listener, waiters) = state.withLock { state in
            guard let entry = state.entries.removeValue(forKey: id) else {
                return ((any CallListener)?.none, [IdleWaiters.Waiter]())
            }
            if entry.isBegun { state.abandoned.insert(id) }
            return (.some(entry.listener), state.takeWaiters())
        }
        for waiter in waiters { waiter() }
        return listener
    }

    func listener(of id: UInt64) -> (any CallListener)? {
        state.withLock { $0.entries[id]?.listener }
    }

    func isAbandoned(_ id: UInt64) -> Bool {
        state.withLock { $0.abandoned.contains(id) }
    }

    /// The listener, if `count` more bytes of output are within the bound.
    func listener(of id: UInt64, printing count: Int) -> Printing {
        state.withLock { state in
            guard var entry = state.entries[id] else { return .unknownCall }
            guard entry.output.takes(count) else { return .overLimit }
            state.entries[id] = entry
            return .allowed(entry.listener)
        }
    }

    enum Printing {
        case allowed(any CallListener)
        case overLimit
        case unknownCall
    }

    /// Marks the call as asked to end; false if it has ended already, else the module is told now
    /// and `leave` says that it has been.
    func cancel(_ id: UInt64, _ reason: CancelReason) -> Bool {
        state.withLock { state in
            guard state.entries[id] != nil else { return false }
            state.entries[id]?.cancellation = reason
            state.threadsInside += 1
            return true
        }
    }

    /// Why the call was asked to end; nil if it was not, or has ended.
    func cancellation(of id: UInt64) -> CancelReason? {
        state.withLock { $0.entries[id]?.cancellation }
    }

    func isCancelledOrEnded(_ id: UInt64) -> Bool {
        state.withLock { state in
            guard let entry = state.entries[id] else { return true }
            return entry.cancellation != nil
        }
    }

    var ids: [UInt64] { state.withLock { $0.entries.keys.sorted() } }

    var isIdle: Bool { state.withLock { $0.isIdle } }
}
