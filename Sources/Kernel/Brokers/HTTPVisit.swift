import KernelBase
import KernelHTTP
import KernelHosting
import KernelSystem
import ModuleJSON
import Synchronization

/// One errand with a server, and with those that it is sent on to.
final class HTTPVisit: ErrandWork {
    private let line: ErrandLine
    private let client: HTTPClient
    private let permission: NetworkPermission
    private let options: HTTPOptions
    private let body: [UInt8]
    private let startedNanoseconds = SystemClock.monotonicNanoseconds
    private let state = Mutex(State())

    private struct State {
        var exchange: HTTPClient.Exchange?
        var redirections = 0
        var isCancelled = false
    }

    /// What the module hears of. `number` is the kind of the contract.
    private enum News {
        static let head: UInt32 = 1
        static let piece: UInt32 = 2
    }

    private enum HeadKind {
        static let redirections: Set = [301, 302, 303, 307, 308]
    }

    init(
        _ line: ErrandLine, _ client: HTTPClient, _ permission: NetworkPermission,
        _ options: HTTPOptions, body: [UInt8]
    ) {
        self.line = line
        self.client = client
        self.permission = permission
        self.options = options
        self.body = body
    }

    /// Asks, for the first time or where a redirection leads: each is checked.
    func begin(_ order: HTTPOrder) throws(ErrandRefusal) {
        var request = HTTPRequest(order.address.text)
        request.reach = try permission.reach(of: order.address.place)
        request.method = order.method
        request.headers = order.headers
        request.limits = order.limits
        request.proxy = options.proxy(request.url)
        request.certificatesFile = options.certificatesFile()
        if order.sendsBody { request.body = body }
        let exchange = client.begin(request, Hop(self, order))
        let isCancelled = state.withLock { state in
            state.exchange = exchange
            return state.isCancelled
        }
        // What came before the exchange was known here.
        if isCancelled { client.cancel(exchange) } else { client.resume(exchange) }
    }

    func hasRoom() {
        if let exchange = state.withLock({ $0.exchange }) { client.resume(exchange) }
    }

    func cancel() {
        let exchange = state.withLock { state in
            state.isCancelled = true
            return state.exchange
        }
        if let exchange { client.cancel(exchange) }
    }

    // MARK: What comes

    fileprivate var isFull: Bool { line.isFull }

    fileprivate func took(_ head: HTTPHead, from address: WebAddress) {
        let headers = head.headers.map { JSON.array([.string($0.name), .string($0.value)]) }
        let value: JSON = ["url": .string(address.text), "headers": .array(headers)]
        line.tell(
            ErrandNews(
                News.head, number: UInt32(clamping: head.status), value.serialized()))
    }

    fileprivate func took(_ piece: [UInt8]) {
        line.tell(ErrandNews(News.piece, piece))
    }

    fileprivate func ended(_ order: HTTPOrder, _ failure: HTTPFailure?) {
        line.end(failure.map { outcome($0, order.address) } ?? .nothing)
    }

    /// The answer was a redirection, and has ended.
    fileprivate func goOn(_ order: HTTPOrder, to location: String, status: Int) {
        let (count, isCancelled) = state.withLock { state in
            state.redirections += 1
            return (state.redirections, state.isCancelled)
        }
        guard !isCancelled else {
            return line.end(.failure(.cancelled, "http: it was cancelled"))
        }
        do throws(ErrandRefusal) {
            guard count <= HTTPOrder.redirectionsMax else {
                throw ErrandRefusal(
                    .limit,
                    "more than \(HTTPOrder.redirectionsMax) redirections, the last of them "
                        + "from \(order.address.place)")
            }
            let address = try order.address.following(location)
            guard address.isEncrypted || !order.address.isEncrypted else {
                throw ErrandRefusal(
                    .denied,
                    "\(order.address.place) leads to \(address.text), which is not encrypted")
            }
            var next = order.redirected(to: address, status: status)
            next.limits.totalSeconds = try secondsLeft(order)
            try begin(next)
        } catch {
            line.end(
                .failure(
                    error.status,
                    "http: redirected by \(order.address.place): \(error.sentence)"))
        }
    }

    private func secondsLeft(_ order: HTTPOrder) throws(ErrandRefusal) -> Double? {
        guard let total = order.limits.totalSeconds else { return nil }
        let gone = Double(SystemClock.monotonicNanoseconds - startedNanoseconds) / 1e9
        guard gone < total else { throw ErrandRefusal(.deadline, "it did not end in time") }
        return total - gone
    }

    private func outcome(_ failure: HTTPFailure, _ address: WebAddress) -> CallOutcome {
        failure.outcome(of: HTTPBroker.service, permission, address.place)
    }

    /// One request and its answer.
    private final class Hop: HTTPListener {
        private let visit: HTTPVisit
        private let order: HTTPOrder
        private let redirection = Mutex<Redirection?>(nil)

        private struct Redirection {
            let location: String
            let status: Int
        }

        init(_ visit: HTTPVisit, _ order: HTTPOrder) {
            self.visit = visit
            self.order = order
        }

        var isFull: Bool { redirection.withLock { $0 == nil } && visit.isFull }

        func responded(_ head: HTTPHead) {
            if order.follows, HeadKind.redirections.contains(head.status),
                let location = head["location"]
            {
                redirection.withLock {
                    $0 = Redirection(location: location, status: head.status)
                }
            } else {
                visit.took(head, from: order.address)
            }
        }

        func received(_ piece: [UInt8]) {
            if redirection.withLock({ $0 == nil }) { visit.took(piece) }
        }

        func ended(_ failure: HTTPFailure?) {
            let leads = redirection.withLock { $0 }
            if let leads, failure == nil || failure?.kind == .tooLarge {
                visit.goOn(order, to: leads.location, status: leads.status)
            } else {
                visit.ended(order, failure)
            }
        }
    }
}

extension CallOutcome {
    /// It went well, and there is nothing more to say.
    fileprivate static let nothing = CallOutcome(
        status: .ok, kind: .bytes, value: [], message: "")
}

extension HTTPFailure {
    /// As the module is told.
    func outcome(
        of service: String, _ permission: NetworkPermission, _ server: ServerPlace
    ) -> CallOutcome {
        if kind == .privateAddress, let refused = refusedAddress {
            let refusal = permission.refusal(server, leadingTo: refused)
            return .failure(refusal.status, "\(service): \(refusal.sentence)")
        }
        return .failure(status, "\(service): \(self)")
    }

    private var status: CallStatus {
        switch kind {
        case .unsendable: .invalid
        case .unavailable: .unsupported
        case .privateAddress: .denied
        case .connectDeadline, .firstByteDeadline, .stalled, .totalDeadline, .notTaken: .deadline
        case .tooLarge: .limit
        case .cancelled: .cancelled
        case .nameNotFound, .notReachable, .notTrusted, .cutShort, .malformed: .failed
        }
    }
}
