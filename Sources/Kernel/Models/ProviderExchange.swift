import KernelBase
import KernelHTTP
import ModuleChat
import Synchronization

/// One order carried out: encoded by the provider, sent, and its answer read by the provider as it
/// comes in.
final class ProviderExchange: Sendable {
    private let port: any ProviderPort
    private let order: ProviderOrder
    private let endpoint: ModelEndpoint
    private let key: String?
    private let client: HTTPClient
    private let listener: any ProviderListener
    private let discretion: Discretion
    private let state = Mutex(State())

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
    }

    /// `listener` hears of everything, and of the end in any case.
    init(
        _ order: ProviderOrder, by port: any ProviderPort, at endpoint: ModelEndpoint,
        key: String?, client: HTTPClient, _ listener: any ProviderListener
    ) {
        self.order = order
        self.port = port
        self.endpoint = endpoint
        self.key = key
        discretion = Discretion(hiding: key)
        self.client = client
        self.listener = listener
    }

    func begin() {
        port.encode(order) { encoded in
            switch encoded {
            case .success(let request): self.send(request)
            case .failure(let failure): self.endUnopened(failure)
            }
        }
    }

    /// At once; the listener still hears of the end.
    func cancel() {
        let exchange = state.withLock { state in
            state.isCancelled = true
            return state.exchange
        }
        if let exchange { client.cancel(exchange) }
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
        let exchange = client.begin(request, self)
        let isLate = state.withLock { state in
            state.exchange = exchange
            return state.isCancelled
        }
        if isLate { client.cancel(exchange) }
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

    private func endUnopened(_ failure: ChatFailure) {
        port.close(isWhole: false)
        listener.took(discretion.told(.chat(.failure(failure))))
        listener.closed(nil)
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
            state.cutter = PieceCutter(state.framing, isSuccess: answer.isSuccess)
        }
        port.open(order, answer, self)
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
                    .malformed, "a piece of the answer is larger than \(error.bytesMax) bytes"))
            return
        }
        if !pieces.isEmpty { read(pieces, isRefusal) }
    }

    /// Servers that refuse may quote the request, and its key: no module sees it.
    private func read(_ pieces: [[UInt8]], _ isRefusal: Bool) {
        port.read(isRefusal ? pieces.map { discretion.hiding(in: $0) } : pieces)
    }

    private func fail(_ failure: ChatFailure) {
        let exchange = state.withLock { state in
            state.failure = state.failure ?? failure
            return state.exchange
        }
        if let exchange { client.cancel(exchange) }
    }

    func ended(_ failure: HTTPFailure?) {
        let (isOpen, isRefusal, rest) = state.withLock { state -> (Bool, Bool, [[UInt8]]) in
            if let failure { state.failure = state.failure ?? ChatFailure(failure) }
            let rest = failure == nil && state.isOpen ? state.cutter.end() : []
            return (state.isOpen, state.isRefusal, rest)
        }
        guard isOpen else {
            let failure = state.withLock { $0.failure }
            return endUnopened(failure ?? ChatFailure(.malformed, "the server gave no answer"))
        }
        if !rest.isEmpty { read(rest, isRefusal) }
        port.close(isWhole: failure == nil)
    }
}

extension ProviderExchange: ProviderListener {
    func took(_ event: ProviderEvent) {
        let told = discretion.told(event)
        listener.took(told)
        guard case .chat(.failure) = told else { return }
        // The server may talk on for long: nobody listens.
        let exchange = state.withLock { state in
            state.isOver = true
            return state.exchange
        }
        if let exchange { client.cancel(exchange) }
    }

    func closed(_ failure: ChatFailure?) {
        // Nobody reads any more what the server says.
        if let failure { fail(failure) }
        let (isOver, early) = state.withLock { ($0.isOver, $0.failure) }
        if !isOver, let broken = failure ?? early {
            listener.took(discretion.told(.chat(.failure(broken))))
        }
        listener.closed(nil)
    }
}
