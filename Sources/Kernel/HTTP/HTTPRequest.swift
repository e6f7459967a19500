package import KernelSystem

/// What is asked of a server, and under which limits.
package struct HTTPRequest: Sendable {
    package var method = "GET"
    package var url: String
    package var headers: [HTTPHeader] = []
    package var body: [UInt8]?
    package var limits = HTTPLimits()
    /// Which addresses may be connected to, after the name was looked up.
    package var reach = Reach.worldOnly
    package var proxy = HTTPProxy.none
    /// A file of certificates to trust instead of the system's.
    package var certificatesFile: String?
    /// Nothing is asked: the listener gets a connection to host and port of the URL.
    package var connectsOnly = false

    package enum Reach: Sendable, Hashable {
        /// Not this machine, and no private network: what a page or a model names.
        case worldOnly
        /// What the user's configuration names.
        case everything
        /// As `worldOnly`, and these addresses of this machine or of a private network, as text.
        case worldAnd([String])
    }

    package init(_ url: String) {
        self.url = url
    }

    package static func post(_ url: String, _ body: [UInt8], type: String) -> HTTPRequest {
        var request = HTTPRequest(url)
        request.method = "POST"
        request.body = body
        request.headers = [HTTPHeader("Content-Type", type)]
        return request
    }
}

/// One line of a head.
package struct HTTPHeader: Sendable, Hashable {
    package let name: String
    package let value: String

    package init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }

    /// A line break would begin a header of somebody else's choice.
    var isSound: Bool {
        !name.isEmpty && name.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: ":") }
            && value.utf8.allSatisfy { $0 != 0x0A && $0 != 0x0D && $0 != 0 }
    }

    /// An empty value needs another form: `Name:` would take the header away.
    var line: String { value.isEmpty ? "\(name);" : "\(name): \(value)" }
}

/// How long each part of an exchange may take, and how much may come.
package struct HTTPLimits: Sendable, Hashable {
    /// Until there is a connection: name, network, TLS.
    package var connectSeconds = 15.0
    /// From the connection to the first byte of the answer's body: a model may think for long.
    package var firstByteSeconds = 300.0
    /// Between two pieces of the answer.
    package var stallSeconds = 60.0
    /// So long whoever takes the answer may take nothing of it.
    package var heldSeconds = 3_600.0
    /// For everything; nil has no bound.
    package var totalSeconds: Double?
    package var bodyBytesMax = 1 << 30

    package init() {}
}

/// The head of an answer.
package struct HTTPHead: Sendable, Hashable {
    package let status: Int
    package let headers: [HTTPHeader]

    package init(status: Int, headers: [HTTPHeader]) {
        self.status = status
        self.headers = headers
    }

    /// The first value of this name, whatever its case.
    package subscript(name: String) -> String? {
        let wanted = name.lowercased()
        return headers.first { $0.name.lowercased() == wanted }?.value
    }
}

/// Hears of one exchange: a head, pieces, an end. All on the thread of the client, which must not
/// be held.
package protocol HTTPListener: Sendable {
    func responded(_ head: HTTPHead)
    func received(_ piece: [UInt8])
    /// Whether no piece is taken now: the answer then waits with the server, which no deadline is
    /// held against, until `HTTPClient.resume`.
    var isFull: Bool { get }
    /// Of a request that only connects, before its end. The descriptor blocks.
    func connected(_ connection: consuming FileDescriptor)
    /// Exactly once, last.
    func ended(_ failure: HTTPFailure?)
}

extension HTTPListener {
    package var isFull: Bool { false }

    package func connected(_ connection: consuming FileDescriptor) {}
}
