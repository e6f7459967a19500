import CModuleABI
import KernelBase
import KernelSystem
import Synchronization

/// The requests of one instance to other modules that are in flight. Each leaves it exactly once,
/// which makes its reply unique; while the instance is stopped there are none.
final class AskLedger: Sendable {
    private struct State {
        var asks: [UInt64: PendingAsk] = [:]
        /// Requests that have ended, of which the module has not been told yet, or is being told.
        var untold = 0
        var isOpen = false
        /// Ids where there is nobody to ask.
        var lastID: UInt64 = 0
    }

    private let state = Condition(State())
    /// How many `asks` there are, for those who only want to know that there are none.
    private let count = Atomic(0)
    private let services: HostServices

    /// More requests of one instance are not taken.
    static let asksMax = 1_024

    init(_ services: HostServices) {
        self.services = services
    }

    // MARK: Beginning

    /// Where a request stands that was not taken.
    enum Entry {
        case taken(PendingAsk)
        case closed
        case full
    }

    func begin(of call: UInt64, _ module: ForeignListener, isErrand: Bool = false) -> Entry {
        let known = services.modules?.newID()
        return state.withLock { state in
            guard state.isOpen else { return .closed }
            // The kernel is ending: nobody will reply.
            guard known != 0 else { return .full }
            guard state.asks.count + state.untold < Self.asksMax else { return .full }
            state.lastID += 1
            let ask = PendingAsk(
                id: known ?? state.lastID, call: call, module, self,
                teller: isErrand ? services.modules : nil)
            state.asks[ask.id] = ask
            count.store(state.asks.count, ordering: .releasing)
            return .taken(ask)
        }
    }

    /// Hands a request over that was begun, unless `refusal` says why it cannot be done.
    func ask(_ ask: ModuleAsk, _ pending: PendingAsk, refusal: CallOutcome?) {
        if let refusal {
            pending.callFinished(refusal)
        } else if let modules = services.modules {
            modules.ask(ask, pending)
        } else {
            let what = ask.errand == nil ? "has no other modules" : "runs no errands"
            pending.callFinished(.failure(.unsupported, "\(ask.task): this host \(what)"))
        }
        guard pending.hasAsked() else { return }
        if let modules = services.modules {
            modules.deliver { pending.deliver() }
        } else {
            services.runOnPool { pending.deliver() }
        }
    }

    // MARK: Ending

    /// True for the first who ends the request: the module has to be told, and then `replied`.
    func end(_ id: UInt64) -> Bool {
        let ended = state.withLock { state in
            let ended = state.asks.removeValue(forKey: id)
            guard ended != nil else { return ended }
            count.store(state.asks.count, ordering: .releasing)
            state.untold += 1
            return ended
        }
        return ended != nil
    }

    func replied() {
        state.withLock { $0.untold -= 1 }
        state.broadcast()
    }

    func isInFlight(_ id: UInt64) -> Bool {
        state.withLock { $0.asks[id] != nil }
    }

    /// The module does not want the reply any more, which it gets all the same.
    func cancel(_ id: UInt64) {
        if isInFlight(id) { services.modules?.cancel(id) }
    }

    /// The module has room for more of what an errand tells.
    func credit(_ id: UInt64, bytes: UInt64) {
        if isInFlight(id) { services.modules?.credit(id, bytes: bytes) }
    }

    /// Asks all requests to end that are part of the call.
    func cancel(of call: UInt64) {
        // Nearly always there are none, and this is done at the end of every call.
        guard count.load(ordering: .acquiring) > 0 else { return }
        let ids = state.withLock { $0.asks.values.filter { $0.call == call }.map(\.id) }
        for id in ids { services.modules?.cancel(id) }
    }

    // MARK: The life of the instance

    func open() {
        state.withLock { $0.isOpen = true }
    }

    /// Ends all requests now, and waits until the module has been told of each: afterwards none of
    /// its functions is called any more.
    func close() {
        let asks = state.withLock { state in
            state.isOpen = false
            return Array(state.asks.values)
        }
        for ask in asks {
            services.modules?.cancel(ask.id)
            ask.callFinished(.failure(.cancelled, "the module that asked was stopped"))
        }
        _ = state.wait { $0.untold == 0 ? true : nil }
    }
}
