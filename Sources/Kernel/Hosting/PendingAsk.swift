import CModuleABI
import KernelBase
import KernelSystem
import Synchronization

/// One request of a module until its reply. What is told to the module is told one after the
/// other: whoever brings the next piece while another is being delivered leaves it to that thread,
/// which also keeps a module from being called within its own call.
final class PendingAsk: CallListener {
    let id: UInt64
    /// The module's call that it is part of, or 0.
    let call: UInt64
    private let module: ForeignListener
    /// Whoever was asked may answer long after the instance that asked is gone.
    private let ledger: AskLedger
    /// What tells of errands serves others too, and is not held by what a module does: nil if
    /// whoever brings news may tell the module of it.
    private let teller: (any ModuleAsker)?
    private let state = Mutex(State())

    private enum News {
        case output(PayloadKind, [UInt8])
        case handed(PassedDescriptor, ErrandNews)
        case end(CallOutcome)
    }

    private struct State {
        /// Nothing is delivered before `ask` is about to return.
        var hasAsked = false
        var isDelivering = false
        /// Whatever comes now has been overtaken.
        var hasEnded = false
        var waiting: [News] = []
    }

    init(
        id: UInt64, call: UInt64, _ module: ForeignListener, _ ledger: AskLedger,
        teller: (any ModuleAsker)? = nil
    ) {
        self.id = id
        self.call = call
        self.module = module
        self.ledger = ledger
        self.teller = teller
    }

    func callFinished(_ outcome: CallOutcome) {
        if ledger.end(id) { tell(.end(outcome)) }
    }

    /// The contract knows no progress of a request.
    func callProgressed(fraction: Double?, note: String) {}

    func callPrinted(_ kind: PayloadKind, _ piece: [UInt8]) {
        if module.takesOutput, ledger.isInFlight(id) { tell(.output(kind, piece)) }
    }

    func callHanded(_ descriptor: PassedDescriptor, _ news: ErrandNews) {
        if ledger.isInFlight(id) { tell(.handed(descriptor, news)) }
    }

    /// The request is on its way. True if there is something to tell, which must not happen on
    /// this thread: `deliver` then does.
    func hasAsked() -> Bool {
        state.withLock { state in
            state.hasAsked = true
            guard !state.waiting.isEmpty, !state.isDelivering else { return false }
            state.isDelivering = true
            return true
        }
    }

    private func tell(_ news: News) {
        let delivers = state.withLock { state -> Bool in
            guard !state.hasEnded else { return false }
            if case .end = news { state.hasEnded = true }
            state.waiting.append(news)
            guard state.hasAsked, !state.isDelivering else { return false }
            state.isDelivering = true
            return true
        }
        guard delivers else { return }
        if let teller { teller.deliver { self.deliver() } } else { deliver() }
    }

    func deliver() {
        while let news = next() {
            switch news {
            case .output(let kind, let piece):
                module.output(kind, piece)
            case .handed(let descriptor, let news):
                module.hand(descriptor, news)
            case .end(let outcome):
                module.reply(outcome)
                ledger.replied()
            }
        }
    }

    private func next() -> News? {
        state.withLock { state in
            guard state.waiting.isEmpty else { return state.waiting.removeFirst() }
            state.isDelivering = false
            return nil
        }
    }
}

/// The functions that a module gave with a request.
@safe struct ForeignListener: @unchecked Sendable {
    // @unchecked: the contract says that the functions may be called on any thread, and that the
    // argument lives until `reply` has returned.
    private let argument: UnsafeMutableRawPointer?
    private let outputFunction: OutputFunction?
    private let newsFunction: NewsFunction?
    private let replyFunction: ReplyFunction

    @unsafe typealias OutputFunction =
        @convention(c) (
            UnsafeMutableRawPointer?, mod_kind, mod_bytes
        ) -> Void
    @unsafe typealias NewsFunction =
        @convention(c) (
            UnsafeMutableRawPointer?, UInt32, UInt32, mod_bytes
        ) -> Void
    @unsafe typealias ReplyFunction =
        @convention(c) (
            UnsafeMutableRawPointer?, UnsafePointer<mod_result>?
        ) -> Void

    /// Nil if the request has no function for its reply.
    @unsafe init?(_ request: mod_request) {
        guard let reply = unsafe request.reply else { return nil }
        unsafe argument = unsafe request.argument
        unsafe outputFunction = unsafe request.output
        unsafe newsFunction = nil
        unsafe replyFunction = unsafe reply
    }

    /// Nil if the errand lacks a function.
    @unsafe init?(_ errand: mod_errand) {
        guard let end = unsafe errand.end, let news = unsafe errand.news else { return nil }
        unsafe argument = unsafe errand.argument
        unsafe outputFunction = nil
        unsafe newsFunction = unsafe news
        unsafe replyFunction = unsafe end
    }

    var takesOutput: Bool { unsafe outputFunction != nil || newsFunction != nil }

    func output(_ kind: PayloadKind, _ piece: [UInt8]) {
        if unsafe newsFunction != nil {
            // From a kernel that sends what it must not.
            guard let news = try? ErrandNews(piece) else { return }
            return tell(news)
        }
        unsafe piece.withUnsafeBytes { piece in
            unsafe outputFunction?(
                argument, kind.rawValue,
                mod_bytes(bytes: piece.baseAddress, length: UInt64(piece.count)))
        }
    }

    func hand(_ descriptor: PassedDescriptor, _ news: ErrandNews) {
        guard let descriptor = descriptor.take() else { return }
        tell(ErrandNews(news.kind, number: UInt32(descriptor.release()), news.value))
    }

    private func tell(_ news: ErrandNews) {
        unsafe news.value.withUnsafeBytes { value in
            unsafe newsFunction?(
                argument, news.kind, news.number,
                mod_bytes(bytes: value.baseAddress, length: UInt64(value.count)))
        }
    }

    func reply(_ outcome: CallOutcome) {
        var message = outcome.message
        message.withUTF8 { message in
            unsafe outcome.value.withUnsafeBytes { value in
                var result = unsafe mod_result(
                    size: UInt32(MemoryLayout<mod_result>.size), status: outcome.status.rawValue,
                    kind: outcome.kind.rawValue, reserved: 0,
                    value: mod_bytes(bytes: value.baseAddress, length: UInt64(value.count)),
                    message: mod_text(
                        bytes: UnsafeRawPointer(message.baseAddress)?.assumingMemoryBound(
                            to: CChar.self), length: UInt64(message.count)))
                unsafe replyFunction(argument, &result)
            }
        }
    }
}
