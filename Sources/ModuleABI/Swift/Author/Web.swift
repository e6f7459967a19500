internal import CModuleABI
public import ModuleJSON

/// Servers, asked by the host within the permission `network` of the manifest, wherever the module
/// lives:
///
///     let page = try await call.http.get("https://example.org/").expectSuccess().text()
///
/// What fails is thrown as a `Failure` with a sentence; that of a missing permission says what to
/// write where. An answer with a status such as 404 is an answer.
public struct Web: Sendable {
    let table: HostTable
    /// The call that requests are part of, or 0.
    let call: UInt64

    /// Asks for a page.
    public func get(_ url: String, headers: [WebHeader] = []) async throws -> WebAnswer {
        try await send(WebRequest(url, headers: headers))
    }

    /// Sends JSON.
    public func post(
        _ url: String, json: JSON, headers: [WebHeader] = []
    ) async throws -> WebAnswer {
        let type = WebHeader("Content-Type", "application/json")
        return try await send(
            WebRequest(
                url, method: "POST", headers: [type] + headers, body: json.serialized()))
    }

    /// Sends a request, and returns with the head of its answer: the body comes as it is read.
    public func send(_ request: WebRequest) async throws -> WebAnswer {
        let stream = try ErrandStream(
            table, MOD_SERVICE_HTTP, request.order, body: request.body, call: call)
        guard let news = try await stream.next(), news.kind == UInt32(MOD_HTTP_HEAD) else {
            throw Failure("http: the host gave no head of the answer", .misuse)
        }
        let head = try JSON(parsing: news.value)
        let headers = (head["headers"]?.array ?? []).compactMap { WebHeader($0) }
        return WebAnswer(
            status: Int(news.number), url: head["url"]?.string ?? request.url, headers: headers,
            body: WebBody(stream: stream))
    }
}

extension Call {
    /// Servers. What is asked ends no later than the call.
    public var http: Web { Web(table: run.host, call: run.id) }
}

extension Host {
    /// Servers, for what is asked between `start` and `stop` and outlasts a call.
    public var http: Web { Web(table: table, call: 0) }
}

/// What a server is asked.
public struct WebRequest: Sendable {
    public var url: String
    public var method: String
    public var headers: [WebHeader]
    public var body: [UInt8]
    /// Whether redirections are followed, each of which needs the permission too.
    public var followsRedirections = true
    /// Of the answer's body; the host allows 16 MiB if it is nil, and at most 1 GiB.
    public var bytesMax: Int?
    /// Until there is a connection; the host's 15 if it is nil.
    public var connectSeconds: Double?
    /// From then to the first byte of the body; the host's 60 if it is nil.
    public var firstByteSeconds: Double?
    /// Between two pieces; the host's 60 if it is nil.
    public var stallSeconds: Double?

    public init(
        _ url: String, method: String = "GET", headers: [WebHeader] = [], body: [UInt8] = []
    ) {
        self.url = url
        self.method = method
        self.headers = headers
        self.body = body
    }

    /// As a host reads it.
    package init(order: JSON, body: [UInt8]) throws {
        guard let url = order["url"]?.string else {
            throw Failure("http: the order has no \"url\"", .invalid)
        }
        self.init(url, method: order["method"]?.string ?? "GET", body: body)
        headers = (order["headers"]?.array ?? []).compactMap { WebHeader($0) }
        followsRedirections = order["follow"]?.bool ?? true
        bytesMax = order["bytesMax"]?.integer.map { Int($0) }
        connectSeconds = order["connectSeconds"]?.number
        firstByteSeconds = order["firstByteSeconds"]?.number
        stallSeconds = order["stallSeconds"]?.number
    }

    var order: JSON {
        let headers = headers.map { JSON.array([.string($0.name), .string($0.value)]) }
        return [
            "url": .string(url), "method": .string(method), "headers": .array(headers),
            "follow": .bool(followsRedirections),
            "bytesMax": bytesMax.map { .integer(Int64($0)) } ?? .null,
            "connectSeconds": connectSeconds.map { .number($0) } ?? .null,
            "firstByteSeconds": firstByteSeconds.map { .number($0) } ?? .null,
            "stallSeconds": stallSeconds.map { .number($0) } ?? .null,
        ]
    }
}

/// One line of the head of a request or an answer.
public struct WebHeader: Sendable, Hashable {
    public var name: String
    public var value: String

    public init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }

    /// A pair of texts.
    fileprivate init?(_ pair: JSON) {
        guard let texts = pair.array, texts.count == 2, let name = texts[0].string,
            let value = texts[1].string
        else { return nil }
        self.init(name, value)
    }
}

/// What a server answered. Its body is read once.
public struct WebAnswer: Sendable {
    public let status: Int
    /// Where it came from, after all redirections.
    public let url: String
    public let headers: [WebHeader]
    /// The pieces of the body as they come. The server waits while nobody reads.
    public let body: WebBody

    /// The first value of this name, whatever its case.
    public subscript(name: String) -> String? {
        let wanted = name.lowercased()
        return headers.first { $0.name.lowercased() == wanted }?.value
    }

    /// This, if the status is one of success; else a failure that quotes what the server says.
    public func expectSuccess() async throws -> WebAnswer {
        guard !(200...299).contains(status) else { return self }
        var text: [UInt8] = []
        for try await piece in body where text.count < 500 { text += piece.prefix(500) }
        let said = String(decoding: text, as: UTF8.self)
        throw Failure(
            "\(url) answered \(status)\(said.isEmpty ? "" : ": \(said)")",
            status == 404 ? .notFound : .failed)
    }

    /// The whole body.
    public func bytes() async throws -> [UInt8] {
        var bytes: [UInt8] = []
        for try await piece in body { bytes += piece }
        return bytes
    }

    /// The whole body as text; bytes that are not UTF-8 are replaced.
    public func text() async throws -> String {
        String(decoding: try await bytes(), as: UTF8.self)
    }

    /// The whole body, which has to be JSON.
    public func json() async throws -> JSON {
        do {
            return try JSON(parsing: try await bytes())
        } catch let error as JSONError {
            throw Failure("the answer of \(url) is not JSON: \(error)")
        }
    }
}

/// The body of an answer, piece by piece.
public struct WebBody: AsyncSequence, Sendable {
    public typealias Element = [UInt8]

    let stream: ErrandStream

    public func makeAsyncIterator() -> Iterator {
        Iterator(stream: stream)
    }

    public struct Iterator: AsyncIteratorProtocol {
        let stream: ErrandStream

        public func next() async throws -> [UInt8]? {
            try await stream.next()?.value
        }
    }
}
