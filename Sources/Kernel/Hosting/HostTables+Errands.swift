import CModuleABI
import KernelBase

/// The table for errands.
extension HostTables {
    // nonisolated(unsafe): written once before anybody reads it.
    nonisolated(unsafe) static let errands: UnsafePointer<mod_host_errands> = {
        let table = UnsafeMutablePointer<mod_host_errands>.allocate(capacity: 1)
        unsafe table.initialize(
            to: mod_host_errands(
                size: UInt32(MemoryLayout<mod_host_errands>.size), reserved: 0,
                begin: { context, errand in
                    guard let host = unsafe HostTables.context(context) else { return 0 }
                    guard let errand = unsafe errand else {
                        host.report("mod.host.errands begin", "errand is null")
                        return 0
                    }
                    return unsafe host.begin(SizedTable.copy(UnsafeRawPointer(errand)))
                },
                credit: { context, errand, bytes in
                    guard let host = unsafe HostTables.context(context) else { return }
                    host.requireLife("mod.host.errands credit")
                    host.asks.credit(errand, bytes: bytes)
                },
                cancel: { context, errand in
                    guard let host = unsafe HostTables.context(context) else { return }
                    host.requireLife("mod.host.errands cancel")
                    host.asks.cancel(errand)
                }))
        return unsafe UnsafePointer(table)
    }()
}

extension HostContext {
    /// Takes an errand of the module's. Returns its id, or 0 if there will be no end.
    @unsafe fileprivate func begin(_ errand: mod_errand) -> UInt64 {
        let function = "mod.host.errands begin"
        let call = unsafe errand.call
        guard let module = unsafe ForeignListener(errand) else {
            report(function, "news or end is null", call)
            return 0
        }
        let pending: PendingAsk
        switch asks.begin(of: call, module, isErrand: true) {
        case .taken(let taken): pending = taken
        case .full: return 0
        case .closed:
            report(function, "called before start() or after stop()", call)
            return 0
        }
        let borrowed = Borrowed(host: self, function: function, call: call)
        let isTooLarge =
            unsafe errand.body.length > Self.bodyBytesMax
            || errand.order.length > Self.orderBytesMax
        var ask = unsafe ModuleAsk(
            id: pending.id, call: call, task: borrowed.text(errand.service), kind: .json,
            arguments: isTooLarge ? [] : borrowed.payload(.json, errand.order),
            deadlineNanoseconds: errand.deadline_nanoseconds)
        ask.errand = unsafe ErrandPart(
            body: isTooLarge ? [] : borrowed.payload(.bytes, errand.body),
            creditBytes: errand.credit)
        asks.ask(ask, pending, refusal: refusal(ask, isTooLarge: isTooLarge))
        // A cancellation that came before the errand was on its way would else be lost.
        if call != 0, ledger.isCancelledOrEnded(call) { asks.cancel(ask.id) }
        return ask.id
    }

    private func refusal(_ ask: ModuleAsk, isTooLarge: Bool) -> CallOutcome? {
        if isTooLarge {
            return .failure(
                .limit,
                "\(ask.task): the order has more than \(Self.orderBytesMax) bytes, or the body "
                    + "more than \(Self.bodyBytesMax)")
        }
        if ask.call != 0, ledger.listener(of: ask.call) == nil {
            return .failure(
                .misuse, "\(ask.task): the call \(ask.call) that it is for is not in flight")
        }
        return nil
    }

    private static let orderBytesMax = 1 << 20
    private static let bodyBytesMax = 16 << 20
}
