import KernelBrokers
import KernelSystem
import Synchronization

/// The threads of calls. A call that a module makes for another one runs on a pool for its depth:
/// those who wait for it hold threads of another pool, so that what they wait for always finds
/// one.
final class CallPools: Sendable {
    /// Of calls from outside.
    let outermost: ThreadPool
    private let deeper: Mutex<[ThreadPool]>

    /// The longest row of calls, each made for the one before.
    static let depthMax = 8

    init(_ outermost: ThreadPool) {
        self.outermost = outermost
        deeper = Mutex([])
    }

    func pool(for order: CallOrder) -> ThreadPool {
        pool(min(order.callers.count, Self.depthMax))
    }

    /// Where no call runs, so that nobody waits.
    var idle: ThreadPool { pool(Self.depthMax + 1) }

    private func pool(_ depth: Int) -> ThreadPool {
        guard depth > 0 else { return outermost }
        return deeper.withLock { pools in
            while pools.count < depth {
                pools.append(
                    ThreadPool(
                        name: "calls-\(pools.count + 1)", threadsMax: outermost.threadsMax))
            }
            return pools[depth - 1]
        }
    }

    /// Lets the threads of the deeper pools end.
    func close() {
        for pool in deeper.withLock({ $0 }) { pool.close() }
    }
}

extension Dispatcher {
    /// Ends what watches over calls, and the threads of those that modules make of each other.
    package func close() {
        board.close()
        brokers.close()
        pools.close()
    }
}
