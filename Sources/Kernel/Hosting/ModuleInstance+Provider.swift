import CModuleABI
import KernelBase
import KernelFlight
import KernelSystem
import Synchronization

/// An exchange between its request and its end: it is used by one thread at a time.
final class ExchangeRun: Sendable {
    let sink: EventSink
    private let state: Mutex<State>

    private struct State {
        /// Until the answer begins.
        var order: [UInt8]
        var isOpen = false
        var enteredNanoseconds: UInt64?
    }

    init(order: [UInt8], _ sink: EventSink) {
        self.sink = sink
        state = Mutex(State(order: order))
    }

    /// The order, which is needed once more.
    func takeOrder() -> [UInt8] {
        state.withLock { state in
            defer { state.order = [] }
            return state.order
        }
    }

    /// Enters the module.
    func enter<Result>(_ body: () -> Result) -> Result {
        state.withLock { $0.enteredNanoseconds = SystemClock.monotonicNanoseconds }
        defer { state.withLock { $0.enteredNanoseconds = nil } }
        return body()
    }

    /// When the module was entered that has not returned yet.
    var enteredNanoseconds: UInt64? { state.withLock { $0.enteredNanoseconds } }

    /// The module reads the answer, and is owed its end.
    var isOpen: Bool {
        get { state.withLock { $0.isOpen } }
        set { state.withLock { $0.isOpen = newValue } }
    }
}

// MARK: Exchanges

extension ModuleInstance {
    /// What the module provides, the same for every instance of a build; nil if it provides none.
    package func describeProvider() throws(ModuleFailure) -> [UInt8]? {
        try require(.describe) { $0.mayConfigureAndSave }
        guard let function = unsafe provider?.describe else { return nil }
        let sink = StateSink(bytesMax: ExchangeBudget.descriptionBytesMax, context: context)
        try step(.describe) { unsafe sink.withWriter { unsafe function(table.instance, $0) } }
        return sink.close()
    }

    /// Begins an admitted call as an exchange: the listener is told of the request, or of the end.
    package func beginExchange(_ call: UInt64, order: [UInt8]) {
        guard context.ledger.begin(call) else { return }
        defer { context.ledger.leave() }
        guard let encode = unsafe provider?.encode, isActive else {
            return end(call, .failure(.unsupported, "the module provides no models now"))
        }
        let run = ExchangeRun(order: order, EventSink(call: call, context: context))
        exchanges.withLock { $0[call] = run }
        if let reason = context.ledger.cancellation(of: call) {
            endExchange(call, reason)
            return
        }
        let sink = StateSink(bytesMax: ExchangeBudget.requestBytesMax, context: context)
        let status = unsafe lend(order, to: "mod.provider encode", call) { order in
            unsafe sink.withWriter { writer in
                enter(run, call) {
                    unsafe encode(table.instance, mod_bytes(order), writer)
                }
            }
        }
        let written = sink.close()
        guard status >= 0, !sink.isOverrun else {
            return end(call, refusal(status, written, isOverrun: sink.isOverrun))
        }
        context.ledger.listener(of: call)?.callTold(
            ExchangeEvent(kind: ExchangeEvent.request, value: written))
    }

    /// Of an order that was not encoded: the provider has written why.
    private func refusal(_ status: Int32, _ written: [UInt8], isOverrun: Bool) -> CallOutcome {
        if isOverrun {
            return .failure(
                .limit,
                "the request has more than \(ExchangeBudget.requestBytesMax >> 20) MiB")
        }
        let reason = String(decoding: written.prefix(Self.reasonBytesMax), as: UTF8.self)
        return .failure(
            CallStatus(code: status), reason.isEmpty ? "the provider gave no reason" : reason)
    }

    private static let reasonBytesMax = 4 << 10

    private func enter<Result>(
        _ run: ExchangeRun, _ call: UInt64, _ body: () -> Result
    ) -> Result {
        run.enter { FlightRecorder.note(.exchange, of: context.recorded, call: call, body) }
    }

    package func stalledSince(_ call: UInt64) -> UInt64? {
        exchanges.withLock { $0[call] }?.enteredNanoseconds
    }

    /// Gives an exchange more, on whichever thread; nothing happens if it has ended. Who feeds
    /// does so in order and on one thread at a time.
    package func feed(_ call: UInt64, _ feed: ExchangeFeed) {
        guard let run = exchanges.withLock({ $0[call] }) else { return }
        switch feed {
        case .head(let head): open(call, run, head)
        case .pieces(let pieces):
            for piece in pieces where run.isOpen && hasCall(call) { read(call, run, piece) }
        case .end(let isWhole): close(call, run, isWhole)
        }
    }

    private func open(_ call: UInt64, _ run: ExchangeRun, _ head: [UInt8]) {
        guard let open = unsafe provider?.open, isActive, hasCall(call), !run.isOpen else { return }
        let status = unsafe lend(run.takeOrder(), to: "mod.provider open", call) { order in
            unsafe lend(head, to: "mod.provider open", call) { head in
                enter(run, call) {
                    unsafe open(table.instance, call, mod_bytes(order), mod_bytes(head))
                }
            }
        }
        guard status < 0 else { return run.isOpen = true }
        let name = CallStatus(code: status).name
        end(
            call,
            .failure(
                CallStatus(code: status),
                "the provider cannot read this answer (\(name)); its log may say why"))
    }

    private func read(_ call: UInt64, _ run: ExchangeRun, _ piece: [UInt8]) {
        guard let read = unsafe provider?.read, isActive else { return }
        unsafe lend(piece, to: "mod.provider read", call) { piece in
            unsafe run.sink.withEvents { events in
                enter(run, call) {
                    unsafe read(table.instance, call, mod_bytes(piece), events)
                }
            }
        }
        if run.sink.isOverrun { release(call, .failure(.limit, ExchangeBudget.overrun)) }
    }

    private func close(_ call: UInt64, _ run: ExchangeRun, _ isWhole: Bool) {
        if run.isOpen, isActive, let close = unsafe provider?.close {
            unsafe run.sink.withEvents { events in
                enter(run, call) {
                    unsafe close(table.instance, call, isWhole ? 1 : 0, events)
                }
            }
        }
        end(
            call,
            run.sink.isOverrun
                ? .failure(.limit, ExchangeBudget.overrun)
                : CallOutcome(status: .ok, kind: .bytes, value: [], message: ""))
    }

    /// The module has nothing more to do with it.
    private func end(_ call: UInt64, _ outcome: CallOutcome) {
        _ = exchanges.withLock { $0.removeValue(forKey: call) }
        _ = context.finish(call, outcome)
    }

    /// Who asked hears at once: between two pieces the module does nothing that it could stop.
    /// Returns whether the call is an exchange.
    @discardableResult
    func endExchange(_ call: UInt64, _ reason: CancelReason) -> Bool {
        guard exchanges.withLock({ $0[call] != nil }) else { return false }
        let why =
            switch reason {
            case .requested: "it was cancelled"
            case .deadline: "its deadline has passed"
            case .drain: "its module was reloaded"
            }
        release(call, .failure(.cancelled, why))
        return true
    }
}

extension mod_bytes {
    @unsafe fileprivate init(_ buffer: UnsafeRawBufferPointer) {
        unsafe self.init(bytes: buffer.baseAddress, length: UInt64(buffer.count))
    }
}
