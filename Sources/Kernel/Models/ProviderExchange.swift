import KernelBase
import KernelHTTP
import KernelSystem
import ModuleChat
import ModuleJSON
import Synchronization

/// One order carried out: encoded by the provider, sent, and its answer read by the provider as it
/// comes in.
final class ProviderExchange: Sendable {
    private let port: any ProviderPort
    private let order: ProviderOrder
    private let endpoint: ModelEndpoint
    private let key: String?
    private let means: Means
    private let listener: any ProviderListener
    private let discretion: Discretion
    private let state = Mutex(State())

    struct Means: Sendable {
        let client: HTTPClient
        let alarms: Alarms
    }

    private struct State {
        var exchange: HTTPClient.Exchange?
        var cutter = PieceCutter(.whole, isSuccess: true)
        var framing = ProviderRequest.Framing.whole
        var isOpen = false
        /// The answer is no success.
        var isRefusal = false
        var isCancelled = false
        /// Why the connection ended early.
        var failure: ChatFailure?
        /// The provider has read a failure, after which nothing follows.
        var isOver = false
        /// That is no doing of the server.
        var isOurs = false
        /// The model has said all that it will.
        var isFinished = false
        var hasEnded = false
        /// When the provider last read anything of sense.
        var heardNanoseconds: UInt64 = 0
        var alarm: Alarms.Token?

        /// What was said first is the cause.
        mutating func take(_ failure: ChatFailure, isOurs: Bool) {
            guard self.failure == nil else { return }
            self.failure = failure
            self.isOurs = isOurs
        }
    }

    /// What may follow when the model has finished: counts of tokens, and the server's goodbye.
    private static let goodbyeSeconds = 1.0
    /// Of the standstill that an answer may have: so long it may be kept alive without a word.
    private static let standstillsMax = 10.0

    /// `listener` hears of everything, and of the end in any case.
    init(
        _ order: ProviderOrder, by port: any ProviderPort, at endpoint: ModelEndpoint,
        key: String?, means: Means, _ listener: any ProviderListener
    ) {
        self.order = order
        self.port = port
        self.endpoint = endpoint
        self.key = key
        discretion = Discretion(hiding: key)
        self.means = means
        self.listener = listener
    }

    func begin() {
        port.encode(order) { encoded in
            switch encoded {
            case .success(let request): self.send(request)
            case .failure(let failure): self.endUnopened(failure, isOurs: true)
            }
        }
    }

    /// At once; the listener still hears of the end.
    func cancel() {
        let exchange = state.withLock { state in
            state.isCancelled = true
            return state.exchange
        }
        if let exchange { means.client.cancel(exchange) }
    }

    private func send(_ provided: ProviderRequest) {
        // The key is for the server that the user named, and for no other that a module may name.
        guard let origin = URLText.origin(of: endpoint.base),
            URLText.origin(of: provided.url) == origin
        else {
            return endUnopened(
                ChatFailure(
                    .badRequest,
                    "the module \(endpoint.module) wants to ask \(URLText.shown(provided.url)), "
                        + "which is not the server of \(endpoint.name), \(endpoint.base): this is "
                        + "refused"))
        }
        let request = request(provided)
        let isCancelled = state.withLock { state in
            state.framing = provided.framing
            return state.isCancelled
        }
        guard !isCancelled else { return endUnopened(ChatFailure(.cancelled, "cancelled")) }
        let exchange = means.client.begin(request, self)
        let isLate = state.withLock { state in
            state.exchange = exchange
            return state.isCancelled
        }
        if isLate { means.client.cancel(exchange) }
    }

    private func request(_ provided: ProviderRequest) -> HTTPRequest {
        var request = HTTPRequest(provided.url)
        request.method = provided.method
        request.body = provided.body
        request.headers = provided.headers.map { header in
            HTTPHeader(header.name, header.value.replacing(ProviderRequest.key, with: key ?? ""))
        }
        request.limits = endpoint.limits
        // The user named this server: it may be this machine.
        request.reach = .everything
        request.proxy = endpoint.proxy
        request.certificatesFile = endpoint.certificatesFile
        return request
    }

    private func endUnopened(_ failure: ChatFailure, isOurs: Bool = false) {
        port.close(isWhole: false)
        let told = discretion.told(failure)
        listener.took(.chat(.failure(told)))
        listener.closed(isOurs ? told : nil)
    }

    // MARK: An answer that goes on without a word

    private var silenceSecondsMax: Double {
        max(endpoint.limits.firstByteSeconds, endpoint.limits.stallSeconds * Self.standstillsMax)
    }

    /// Looks after so many seconds whether anything was said.
    private func watch(afterSeconds seconds: Double) {
        let alarm = means.alarms.run(afterSeconds: seconds) { [weak self] in self?.look() }
        let isOver = state.withLock { state in
            guard !state.hasEnded, !state.isFinished else { return true }
            state.alarm = alarm
            return false
        }
        if isOver { means.alarms.cancel(alarm) }
    }

    private func look() {
        let heard = state.withLock { $0.heardNanoseconds }
        let now = SystemClock.monotonicNanoseconds
        let silence = Double(now - min(heard, now)) / 1e9
        guard silence >= silenceSecondsMax else {
            return watch(afterSeconds: silenceSecondsMax - silence)
        }
        fail(
            ChatFailure(
                .stalled,
                "\(endpoint.name) keeps its answer open, and has said nothing for "
                    + "\(Int(silence)) s"))
    }

    /// The answer is whole: a server that keeps the connection open is not waited for.
    private func finish() {
        let goodbye = means.alarms.run(afterSeconds: Self.goodbyeSeconds) { [weak self] in
            self?.cancel()
        }
        let old = state.withLock { state -> Alarms.Token? in
            guard !state.hasEnded else { return goodbye }
            defer { state.alarm = goodbye }
            return state.alarm
        }
        if let old { means.alarms.cancel(old) }
    }
}

extension ProviderExchange: HTTPListener {
    func responded(_ head: HTTPHead) {
        var headers: [String: String] = [:]
        for header in head.headers where headers[header.name.lowercased()] == nil {
            headers[header.name.lowercased()] = discretion.hiding(in: header.value)
        }
        let answer = AnswerHead(status: head.status, headers: headers)
        state.withLock { state in
            state.isOpen = true
            state.isRefusal = !answer.isSuccess
            state.heardNanoseconds = SystemClock.monotonicNanoseconds
            state.cutter = PieceCutter(state.framing, isSuccess: answer.isSuccess)
        }
        port.open(order, answer, self)
        watch(afterSeconds: silenceSecondsMax)
    }

    func received(_ piece: [UInt8]) {
        let pieces: [[UInt8]]
        let isRefusal: Bool
        do {
            (pieces, isRefusal) = try state.withLock { state throws(LineCutter.Overlong) in
                (try state.cutter.add(piece), state.isRefusal)
            }
        } catch {
            fail(
                ChatFailure(
                    .malformed, "a piece of the answer is larger than \(error.bytesMax) bytes"),
                isOurs: true)
            return
        }
        if !pieces.isEmpty { read(pieces, isRefusal) }
    }

    /// Servers that refuse may quote the request, and its key: no module sees it.
    private func read(_ pieces: [[UInt8]], _ isRefusal: Bool) {
        port.read(isRefusal ? pieces.map { discretion.hiding(in: $0) } : pieces)
    }

    /// `isOurs`: it is no doing of the server. What was begun before this knows of it is ended as
    /// soon as it does.
    private func fail(_ failure: ChatFailure, isOurs: Bool = false) {
        let exchange = state.withLock { state in
            state.take(failure, isOurs: isOurs)
            state.isCancelled = true
            return state.exchange
        }
        if let exchange { means.client.cancel(exchange) }
    }

    func ended(_ failure: HTTPFailure?) {
        let (last, rest) = state.withLock { state -> (State, [[UInt8]]) in
            if let failure {
                // What is too large is so again.
                state.take(ChatFailure(failure), isOurs: failure.kind == .tooLarge)
            }
            state.hasEnded = true
            return (state, failure == nil && state.isOpen ? state.cutter.end() : [])
        }
        if let alarm = last.alarm { means.alarms.cancel(alarm) }
        guard last.isOpen else {
            return endUnopened(
                last.failure ?? ChatFailure(.malformed, "the server gave no answer"))
        }
        if !rest.isEmpty { read(rest, last.isRefusal) }
        port.close(isWhole: failure == nil)
    }
}

extension ProviderExchange: ProviderListener {
    func took(_ event: ProviderEvent) {
        let told = discretion.told(event)
        var (finishes, fails) = (false, false)
        if case .chat(.finish) = told { finishes = true }
        if case .chat(.failure) = told { fails = true }
        let now = SystemClock.monotonicNanoseconds
        let (isFirstFinish, exchange) = state.withLock { state in
            state.heardNanoseconds = now
            defer { state.isFinished = state.isFinished || finishes }
            state.isOver = state.isOver || fails
            return (finishes && !state.isFinished, state.exchange)
        }
        listener.took(told)
        if isFirstFinish { finish() }
        // The server may talk on for long: nobody listens.
        if fails, let exchange { means.client.cancel(exchange) }
    }

    func closed(_ failure: ChatFailure?) {
        // Nobody reads any more what the server says.
        if let failure { fail(failure, isOurs: true) }
        let last = state.withLock { $0 }
        // What becomes of the connection, or of the module, once the answer is whole is no matter.
        let isKnown = last.isFinished || last.isOver
        let broken = isKnown ? nil : last.failure.map { discretion.told($0) }
        if let broken { listener.took(.chat(.failure(broken))) }
        listener.closed(last.isOurs ? broken : nil)
    }
}
