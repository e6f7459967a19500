import CModuleABI
import KernelBase

/// The tables for other modules and for folders.
extension HostTables {
    // nonisolated(unsafe): written once before anybody reads it.
    nonisolated(unsafe) static let modules: UnsafePointer<mod_host_modules> = {
        let table = UnsafeMutablePointer<mod_host_modules>.allocate(capacity: 1)
        unsafe table.initialize(
            to: mod_host_modules(
                size: UInt32(MemoryLayout<mod_host_modules>.size), reserved: 0,
                ask: { context, request in
                    guard let host = unsafe HostTables.context(context) else { return 0 }
                    guard let request = unsafe request else {
                        host.report("mod.host.modules ask", "request is null")
                        return 0
                    }
                    return unsafe host.ask(SizedTable.copy(UnsafeRawPointer(request)))
                },
                cancel: { context, request in
                    guard let host = unsafe HostTables.context(context) else { return }
                    host.requireLife("mod.host.modules cancel")
                    host.asks.cancel(request)
                }))
        return unsafe UnsafePointer(table)
    }()

    // nonisolated(unsafe): written once before anybody reads it.
    nonisolated(unsafe) static let folders: UnsafePointer<mod_host_folders> = {
        let table = UnsafeMutablePointer<mod_host_folders>.allocate(capacity: 1)
        unsafe table.initialize(
            to: mod_host_folders(
                size: UInt32(MemoryLayout<mod_host_folders>.size), reserved: 0,
                state: { context in
                    guard let host = unsafe HostTables.context(context) else {
                        return unsafe mod_text()
                    }
                    host.requireLife("mod.host.folders state")
                    return unsafe host.folder.text
                }))
        return unsafe UnsafePointer(table)
    }()
}

extension HostContext {
    /// Makes a request of the module's. Returns its id, or 0 if there will be no reply.
    @unsafe fileprivate func ask(_ request: mod_request) -> UInt64 {
        let function = "mod.host.modules ask"
        let call = unsafe request.call
        guard let module = unsafe ForeignListener(request) else {
            report(function, "reply is null", call)
            return 0
        }
        let pending: PendingAsk
        switch asks.begin(of: call, module) {
        case .taken(let taken): pending = taken
        case .full: return 0
        case .closed:
            report(function, "called before start() or after stop()", call)
            return 0
        }
        let borrowed = Borrowed(host: self, function: function, call: call)
        let kind = unsafe PayloadKind(rawValue: request.argument_kind)
        if kind == nil {
            report(function, unsafe "\(request.argument_kind) is not a kind", call)
        }
        let isTooLarge = unsafe request.arguments.length > Self.askBytesMax
        let ask = unsafe ModuleAsk(
            id: pending.id, call: call, task: borrowed.text(request.task), kind: kind ?? .bytes,
            arguments: isTooLarge ? [] : borrowed.payload(kind ?? .bytes, request.arguments),
            deadlineNanoseconds: request.deadline_nanoseconds)
        let refusal = refusal(ask, knowsKind: kind != nil, isTooLarge: isTooLarge)
        asks.ask(ask, pending, refusal: refusal)
        // A cancellation that came before the request was on its way would else be lost.
        if call != 0, ledger.isCancelledOrEnded(call) { asks.cancel(ask.id) }
        return ask.id
    }

    private func refusal(
        _ ask: ModuleAsk, knowsKind: Bool, isTooLarge: Bool
    ) -> CallOutcome? {
        if !knowsKind {
            return .failure(.misuse, "\(ask.task): the arguments are of an unknown kind")
        }
        if isTooLarge {
            return .failure(
                .limit, "\(ask.task): the arguments have more than \(Self.askBytesMax) bytes")
        }
        if ask.call != 0, ledger.listener(of: ask.call) == nil {
            return .failure(
                .misuse, "\(ask.task): the call \(ask.call) that asks for it is not in flight")
        }
        return nil
    }

    /// Larger arguments are a mistake.
    private static let askBytesMax = 64 << 20
}

/// A text that the contract says is valid for as long as an instance, and that is kept for ever
/// like the tables.
@safe struct PermanentText: @unchecked Sendable {
    // @unchecked: written here and only read afterwards.
    private let bytes: UnsafeMutableBufferPointer<CChar>

    init(_ text: String) {
        unsafe bytes = .allocate(capacity: max(text.utf8.count, 1))
        _ = unsafe bytes.initialize(from: text.utf8.map { CChar(bitPattern: $0) })
        count = text.utf8.count
    }

    private let count: Int

    var text: mod_text {
        unsafe mod_text(bytes: UnsafePointer(bytes.baseAddress), length: UInt64(count))
    }
}
