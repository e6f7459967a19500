import CHTTP
import KernelBase
import KernelSystem

/// One exchange on the thread for HTTP: from the request to the end of the answer.
@safe final class HTTPTransfer {
    let listener: any HTTPListener
    /// Set once libcurl has nothing more to say.
    private(set) var outcome: Outcome?
    private let request: HTTPRequest
    private let host: String
    private let body: HTTPBody?
    private var handle: OpaquePointer?
    private var head = HTTPHeadReader()
    private var clock: HTTPDeadlines
    private var bodyBytes = 0
    private var refusal: HTTPFailure?
    private var wasTriedAgain = false
    private var hasConnected = false

    enum Outcome {
        case ended(HTTPFailure?)
        /// A kept connection died before it carried a byte of the answer: on a new one, please.
        case again

        var failure: HTTPFailure? {
            if case .ended(let failure) = self { failure } else { nil }
        }
    }

    init(_ request: HTTPRequest, _ listener: any HTTPListener) {
        self.request = request
        self.listener = listener
        host = URLText.host(of: request.url)
        body = request.body.map { HTTPBody($0) }
        clock = HTTPDeadlines(request.limits, now: SystemClock.monotonicNanoseconds)
    }

    // MARK: Deadlines

    var dueNanoseconds: UInt64? { clock.dueNanoseconds }

    func look(now: UInt64) {
        if let handle = unsafe handle, unsafe http_transfer_is_connected(handle) {
            clock.connected(now: now)
        }
    }

    func overdue(now: UInt64) -> HTTPFailure? {
        outcome == nil ? clock.overdue(now: now, host: host) : nil
    }

    // MARK: libcurl

    @unsafe func begin(_ multi: OpaquePointer) throws(HTTPFailure) {
        outcome = nil
        head = HTTPHeadReader()
        var proxy: String?
        switch request.proxy {
        case .none: proxy = ""
        case .url(let url): proxy = url
        }
        let lines = request.headers.map(\.line) + ["Expect:"]
        let named = if case .worldAnd(let named) = request.reach { named } else { [String]() }
        var problem: UnsafePointer<CChar>?
        unsafe handle = CStrings(lines).withPointers { headers in
            unsafe request.url.withCString { url in
                unsafe request.method.withCString { method in
                    unsafe CStrings.withOptional(proxy) { proxy in
                        unsafe CStrings.withOptional(request.certificatesFile) { certificates in
                            unsafe CStrings(named).withPointers { named in
                                var order = unsafe http_order()
                                unsafe order.url = url
                                unsafe order.method = method
                                unsafe order.headers = headers
                                unsafe order.named_addresses = named
                                unsafe order.proxy = proxy
                                unsafe order.certificates = certificates
                                unsafe fill(&order)
                                return unsafe http_transfer_begin(
                                    multi, &order, Self.events,
                                    Unmanaged.passUnretained(self).toOpaque(), &problem)
                            }
                        }
                    }
                }
            }
        }
        guard unsafe handle == nil else { return }
        let sentence = unsafe problem.map { unsafe String(cString: $0) } ?? "unknown"
        throw HTTPFailure(.unsendable, "\(URLText.shown(request.url)) cannot be asked: \(sentence)")
    }

    @unsafe private func fill(_ order: inout http_order) {
        unsafe order.allows_private = request.reach == .everything
        unsafe order.is_fresh = wasTriedAgain
        unsafe order.connects_only = request.connectsOnly
        unsafe order.connect_milliseconds = UInt32(
            min(max(request.limits.connectSeconds * 1_000, 1), 86_400_000))
        if let body {
            unsafe order.has_body = true
            unsafe order.body = UnsafeRawPointer(body.start)
            unsafe order.body_length = body.count
        }
    }

    @unsafe func drop(_ multi: OpaquePointer) {
        if let handle = unsafe handle { unsafe http_transfer_drop(multi, handle) }
        unsafe handle = nil
    }

    private static let events = unsafe http_events(
        header: { context, bytes, length in
            unsafe HTTPTransfer.from(context)?.took(line: HTTPTransfer.copy(bytes, length))
        },
        body: { context, bytes, length in
            unsafe HTTPTransfer.from(context)?.took(piece: HTTPTransfer.copy(bytes, length))
                ?? HTTP_NO_MORE
        },
        connected: { context, descriptor in
            unsafe HTTPTransfer.from(context)?.connected(descriptor)
        },
        ended: { context, code, message in
            let sentence = unsafe message.map { unsafe String(cString: $0) } ?? ""
            unsafe HTTPTransfer.from(context)?.ended(code, sentence)
        })

    @unsafe private static func from(_ context: UnsafeMutableRawPointer?) -> HTTPTransfer? {
        guard let context = unsafe context else { return nil }
        return unsafe Unmanaged<HTTPTransfer>.fromOpaque(context).takeUnretainedValue()
    }

    @unsafe private static func copy(_ bytes: UnsafePointer<CChar>?, _ length: Int) -> [UInt8] {
        unsafe Array(UnsafeRawBufferPointer(start: bytes, count: length))
    }

    // MARK: What comes

    /// The head is no sign of the answer: a model may send it at once, and then think.
    private func took(line: [UInt8]) {
        guard let head = head.add(line) else { return }
        listener.responded(head)
    }

    private func took(piece: [UInt8]) -> http_taking {
        guard !listener.isFull else {
            clock.hold(now: SystemClock.monotonicNanoseconds)
            return HTTP_LATER
        }
        clock.heard(now: SystemClock.monotonicNanoseconds)
        bodyBytes += piece.count
        guard bodyBytes <= request.limits.bodyBytesMax else {
            refusal = HTTPFailure(
                .tooLarge,
                "the answer of \(host) is larger than \(request.limits.bodyBytesMax) bytes")
            return HTTP_NO_MORE
        }
        listener.received(piece)
        return HTTP_TAKEN
    }

    /// The listener has room again.
    func resume() {
        clock.resume(now: SystemClock.monotonicNanoseconds)
        if let handle = unsafe handle { unsafe http_transfer_resume(handle) }
    }

    private func connected(_ descriptor: Int32) {
        guard descriptor >= 0 else {
            refusal = HTTPFailure(
                .notReachable, "\(host) was reached, but the host may open no more files")
            return
        }
        hasConnected = true
        listener.connected(FileDescriptor(owning: descriptor))
    }

    private func ended(_ code: Int32, _ message: String) {
        guard let handle = unsafe handle else { return }
        if code == 0, request.connectsOnly ? hasConnected : head.isComplete {
            outcome = .ended(nil)
        } else if let refusal {
            outcome = .ended(refusal)
        } else if unsafe http_transfer_was_private(handle) {
            var failure = HTTPFailure(
                .privateAddress,
                "\(host) has an address of this machine or of a private network, "
                    + "which only the configuration may name")
            failure.refusedAddress = refusedAddress
            outcome = .ended(failure)
        } else if !wasTriedAgain, head.isUntouched, unsafe http_transfer_was_reused(handle),
            Self.codesOfDeadConnection.contains(code)
        {
            wasTriedAgain = true
            outcome = .again
        } else {
            outcome = .ended(HTTPFailure(code: code, message, host: host))
        }
    }

    private var refusedAddress: String? {
        guard let handle = unsafe handle, let text = unsafe http_transfer_refused_address(handle)
        else { return nil }
        return unsafe String(cString: text)
    }

    /// Nothing came; sending failed; receiving failed; two of HTTP/2's layers.
    private static let codesOfDeadConnection: Set<Int32> = [52, 55, 56, 16, 92]
}

/// A request's body, at one address until it was sent.
@safe private final class HTTPBody {
    let start: UnsafeMutablePointer<UInt8>
    let count: Int

    init(_ bytes: [UInt8]) {
        count = bytes.count
        unsafe start = .allocate(capacity: max(1, bytes.count))
        unsafe start.initialize(from: bytes, count: bytes.count)
    }

    deinit {
        unsafe start.deallocate()
    }
}
