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
    private let state = Mutex(State())

    private struct State {
        var exchange: HTTPClient.Exchange?
        var cutter = PieceCutter(.whole, isSuccess: true)
        var framing = ProviderRequest.Framing.whole
        var isOpen = false
        var isCancelled = false
        /// Why the connection ended early.
        var failure: ChatFailure?
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
        listener.took(.chat(.failure(failure)))
        listener.closed(nil)
    }
}

extension ProviderExchange: HTTPListener {
    func responded(_ head: HTTPHead) {
        var headers: [String: String] = [:]
        for header in head.headers where headers[header.name.lowercased()] == nil {
            headers[header.name.lowercased()] = header.value
        }
        let answer = AnswerHead(status: head.status, headers: headers)
        state.withLock { state in
            state.isOpen = true
            state.cutter = PieceCutter(state.framing, isSuccess: answer.isSuccess)
        }
        port.open(order, answer, self)
    }

    func received(_ piece: [UInt8]) {
        let pieces: [[UInt8]]
        do {
            pieces = try state.withLock { state throws(LineCutter.Overlong) in
                try state.cutter.add(piece)
            }
        } catch {
            fail(
                ChatFailure(
                    .malformed, "a piece of the answer is larger than \(error.bytesMax) bytes"))
            return
        }
        if !pieces.isEmpty { port.read(pieces) }
    }

    private func fail(_ failure: ChatFailure) {
        let exchange = state.withLock { state in
            state.failure = state.failure ?? failure
            return state.exchange
        }
        if let exchange { client.cancel(exchange) }
    }

    func ended(_ failure: HTTPFailure?) {
        let (isOpen, rest) = state.withLock { state -> (Bool, [[UInt8]]) in
            if let failure { state.failure = state.failure ?? ChatFailure(failure) }
            return (state.isOpen, failure == nil && state.isOpen ? state.cutter.end() : [])
        }
        guard isOpen else {
            let failure = state.withLock { $0.failure }
            return endUnopened(failure ?? ChatFailure(.malformed, "the server gave no answer"))
        }
        if !rest.isEmpty { port.read(rest) }
        port.close(isWhole: failure == nil)
    }
}

extension ProviderExchange: ProviderListener {
    func took(_ event: ProviderEvent) {
        listener.took(event)
    }

    func closed(_ failure: ChatFailure?) {
        // Nobody reads any more what the server says.
        if let failure { fail(failure) }
        let broken = failure ?? state.withLock { $0.failure }
        if let broken { listener.took(.chat(.failure(broken))) }
        listener.closed(nil)
    }
}
