import KernelBase
import KernelHosting
import Synchronization

/// One errand between the service that does it and the module that gave it: news as long as there
/// is room for them, and one end.
final class ErrandLine: Sendable {
    let id: UInt64
    let module: String
    let bodyBytes: Int
    private let listener: any CallListener
    private let ended: @Sendable (ErrandLine) -> Void
    private let state: Mutex<State>

    private struct State {
        var creditBytes: Int
        var isOver = false
        var isCancelled = false
        var work: (any ErrandWork)?
    }

    /// What a module that says nothing has room for.
    static let creditBytesUsual = 256 << 10
    static let creditBytesMax = 4 << 20

    init(
        _ errand: Errand, _ listener: any CallListener,
        ended: @escaping @Sendable (ErrandLine) -> Void
    ) {
        id = errand.id
        module = errand.module
        bodyBytes = errand.body.count
        self.listener = listener
        self.ended = ended
        let wanted = errand.creditBytes == 0 ? UInt64(Self.creditBytesUsual) : errand.creditBytes
        state = Mutex(State(creditBytes: Int(min(wanted, UInt64(Self.creditBytesMax)))))
    }

    /// Whether the module has room for nothing more.
    var isFull: Bool { state.withLock { $0.creditBytes <= 0 } }

    var isOver: Bool { state.withLock { $0.isOver || $0.isCancelled } }

    /// Tells the module. The service sees to it that there is room.
    func tell(_ news: ErrandNews) {
        let isTold = state.withLock { state in
            guard !state.isOver else { return false }
            // A piece of nothing costs something too.
            state.creditBytes -= max(news.value.count, 64)
            return true
        }
        if isTold { listener.callPrinted(.bytes, news.bytes) }
    }

    /// As `tell`, with what the module gets.
    func hand(_ descriptor: PassedDescriptor, _ news: ErrandNews) {
        guard !state.withLock({ $0.isOver }) else { return }
        listener.callHanded(descriptor, news)
    }

    /// The first end counts.
    func end(_ outcome: CallOutcome) {
        let (isFirst, work) = state.withLock { state in
            defer { state.isOver = true }
            return (!state.isOver, state.work.take())
        }
        guard isFirst else { return }
        ended(self)
        listener.callFinished(outcome)
        // Freed without the lock.
        _ = consume work
    }

    /// From now on the work hears of credit and cancellation.
    func attach(_ work: any ErrandWork) {
        let isLate = state.withLock { state in
            if !state.isOver { state.work = work }
            return state.isOver || state.isCancelled
        }
        if isLate { work.cancel() }
    }

    func credit(_ bytes: UInt64) {
        let work = state.withLock { state in
            let most = UInt64(Self.creditBytesMax)
            state.creditBytes = min(
                state.creditBytes + Int(min(bytes, most)), Self.creditBytesMax)
            return state.work
        }
        work?.hasRoom()
    }

    func cancel() {
        let work = state.withLock { state in
            state.isCancelled = true
            return state.work
        }
        work?.cancel()
    }
}

/// What a service does for one errand.
protocol ErrandWork: AnyObject, Sendable {
    /// The module has room for more news.
    func hasRoom()
    /// To end soon, by the end of its line.
    func cancel()
}
