import KernelModels
import KernelSystem
import ModuleChat
import Synchronization

/// What the thread of the local models is told by others.
enum LocalOrder: Sendable {
    case use(LocalSetup)
    case borrow(LocalBorrower, of: String)
    case giveBack(UInt64)
    /// Why the model that this borrower has has failed it.
    case explain(UInt64, done: LocalLoan.Explanation)
    /// `done` is told why not, or once nothing runs any more.
    case unload(String, done: @Sendable (Result<Void, ChatFailure>) -> Void)
    /// To the question of this number.
    case answered(UInt64, ShortRequest.Answer)
    case stop
    case killAll
}

/// Somebody who waits for a model or has it.
struct LocalBorrower: Sendable {
    let number: UInt64
    let progress: @Sendable (LoadingProgress) -> Void
    let done: @Sendable (Result<LoadedModel, ChatFailure>) -> Void
    /// It has the model until it gives it back; who only wants it loaded does not.
    let isHolder: Bool
}

/// Orders in the order in which they were given, and what the thread waits for besides.
final class LocalOrders: Sendable {
    private let orders = Mutex<[LocalOrder]?>([])
    private let wakeUp: WakeUp
    let poller: Poller

    /// What the poller reports orders under.
    static let token: UInt64 = 0

    init() throws(SystemError) {
        wakeUp = try WakeUp()
        poller = try Poller()
        try poller.add(wakeUp.descriptor.raw, token: Self.token)
    }

    /// False if nobody takes orders any more.
    @discardableResult
    func give(_ order: LocalOrder) -> Bool {
        let isTaken = orders.withLock { orders in
            orders?.append(order)
            return orders != nil
        }
        if isTaken { wakeUp.signal() }
        return isTaken
    }

    func take() -> [LocalOrder] {
        wakeUp.clear()
        return orders.withLock { orders in
            defer { if orders != nil { orders = [] } }
            return orders ?? []
        }
    }

    /// The last ones.
    func close() -> [LocalOrder] {
        orders.withLock { orders in
            defer { orders = nil }
            return orders ?? []
        }
    }
}
