import KernelBase
package import KernelHosting
import Synchronization

/// The kernel's side of what the module in a worker asks of others. The worker's numbers are its
/// own: here they become the kernel's, and replies go back under the worker's.
package final class WorkerAsks: Sendable {
    package typealias Send = @Sendable (Frame) -> Void

    private let modules: any ModuleAsker
    private let send: Send
    /// By the worker's number.
    private let inFlight = Mutex<[UInt64: Entry]>([:])

    private struct Entry {
        /// The kernel's number.
        let id: UInt64
        /// The call that it is part of, or 0.
        let call: UInt64
    }

    /// A sound worker has no more requests in flight.
    private static let inFlightMax = 1_024

    /// `send` waits for nothing: it may be called on any thread.
    package init(_ modules: any ModuleAsker, send: @escaping Send) {
        self.modules = modules
        self.send = send
    }

    /// Takes a frame of the kinds `ask`, `askCancelled` and `askCredit`. `isOwn` says whether a
    /// call is one that the worker has.
    package func take(_ frame: Frame, isOwn: (UInt64) -> Bool) throws {
        if frame.kind == .ask {
            try begin(frame, isOwn)
        } else if let entry = inFlight.withLock({ $0[frame.id] }) {
            if frame.kind == .askCredit {
                modules.credit(entry.id, bytes: frame.second)
            } else {
                modules.cancel(entry.id)
            }
        }
    }

    private func begin(_ frame: Frame, _ isOwn: (UInt64) -> Bool) throws {
        var reader = ByteReader(frame.body)
        let deadline: UInt64 = try reader.number()
        var ask = ModuleAsk(
            id: modules.newID(), call: frame.second, task: try reader.text(),
            kind: PayloadKind(rawValue: frame.first) ?? .bytes, arguments: try reader.part(),
            deadlineNanoseconds: deadline)
        if !reader.isAtEnd {
            ask.errand = ErrandPart(
                body: try reader.part(), creditBytes: try reader.number())
        }
        if let refusal = refusal(ask, isOwn) { return refuse(frame.id, refusal) }
        let isTaken = try inFlight.withLock { inFlight -> Bool in
            guard inFlight[frame.id] == nil else {
                throw ProtocolError("two requests with the number \(frame.id)")
            }
            guard inFlight.count < Self.inFlightMax else { return false }
            inFlight[frame.id] = Entry(id: ask.id, call: ask.call)
            return true
        }
        guard isTaken else {
            return refuse(frame.id, .failure(.limit, "\(ask.task): too many requests"))
        }
        modules.ask(ask, WorkerAskListener(frame.id, self, send))
    }

    private func refusal(_ ask: ModuleAsk, _ isOwn: (UInt64) -> Bool) -> CallOutcome? {
        if ask.id == 0 { return .failure(.busy, "\(ask.task): the kernel is ending") }
        guard ask.call == 0 || isOwn(ask.call) else {
            return .failure(
                .misuse, "\(ask.task): the call \(ask.call) that asks for it is not in flight")
        }
        return nil
    }

    /// Answers a request that is not in flight.
    private func refuse(_ number: UInt64, _ outcome: CallOutcome) {
        var frame = outcome.frame(id: number)
        frame.kind = .replied
        send(frame)
    }

    /// Asks everything to end that is part of a call. The replies still come.
    package func cancel(of call: UInt64) {
        let ids = inFlight.withLock { $0.values.filter { $0.call == call }.map(\.id) }
        for id in ids { modules.cancel(id) }
    }

    /// Asks everything to end that is in flight. The replies still come.
    package func cancelAll() {
        for id in inFlight.withLock({ $0.values.map(\.id) }) { modules.cancel(id) }
    }

    fileprivate func ended(_ number: UInt64) {
        _ = inFlight.withLock { $0.removeValue(forKey: number) }
    }
}

/// Where a worker's module has no others to ask, as when it is tried.
struct NobodyToAsk: ModuleAsker {
    func newID() -> UInt64 { 1 }

    func ask(_ ask: ModuleAsk, _ listener: any CallListener) {
        let what = ask.errand == nil ? "are no other modules" : "is nobody to do errands"
        listener.callFinished(.failure(.unsupported, "\(ask.task): there \(what) here"))
    }

    func cancel(_ id: UInt64) {}

    func credit(_ id: UInt64, bytes: UInt64) {}

    func deliver(_ job: @escaping @Sendable () -> Void) { job() }
}

/// Sends what becomes of a request back to the worker. Its threads take frames in any order, so
/// that each bears its place.
private final class WorkerAskListener: CallListener {
    private let number: UInt64
    private let asks: WorkerAsks
    private let send: WorkerAsks.Send
    private let sent = Atomic<UInt32>(0)

    init(_ number: UInt64, _ asks: WorkerAsks, _ send: @escaping WorkerAsks.Send) {
        self.number = number
        self.asks = asks
        self.send = send
    }

    func callFinished(_ outcome: CallOutcome) {
        asks.ended(number)
        var frame = outcome.frame(id: number)
        frame.kind = .replied
        frame.second |= place()
        send(frame)
    }

    func callProgressed(fraction: Double?, note: String) {}

    func callPrinted(_ kind: PayloadKind, _ piece: [UInt8]) {
        send(Frame(.askPrinted, id: number, first: kind.rawValue, second: place(), body: piece))
    }

    func callHanded(_ descriptor: PassedDescriptor, _ news: ErrandNews) {
        var frame = Frame(.askHanded, id: number, second: place(), body: news.bytes)
        frame.passed = descriptor
        send(frame)
    }

    private func place() -> UInt64 {
        UInt64(sent.add(1, ordering: .relaxed).oldValue) << RemoteAsker.placeShift
    }
}
