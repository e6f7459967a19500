public import ModuleJSON

/// What is sent to a server to carry out an order, and how its answer is cut.
public struct ProviderRequest: Sendable, Hashable {
    public var method: String
    public var url: String
    public var headers: [Header]
    public var body: [UInt8]?
    public var framing: Framing

    public struct Header: Sendable, Hashable {
        public var name: String
        public var value: String

        public init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    /// An answer with a status that is no success is one piece, whatever was asked for.
    public enum Framing: String, Sendable, Hashable, CaseIterable {
        /// Server-sent events: a piece is the data of one event.
        case events
        /// A piece is one line that is not empty.
        case lines
        /// One piece.
        case whole
    }

    /// The host puts the key in its place, in the value of a header and nowhere else.
    public static let key = "{{key}}"

    public init(
        _ method: String, _ url: String, headers: [Header] = [], body: [UInt8]? = nil,
        framing: Framing = .whole
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.framing = framing
    }

    public static func get(_ url: String, _ headers: [Header] = []) -> ProviderRequest {
        ProviderRequest("GET", url, headers: headers)
    }

    public static func post(
        _ url: String, _ body: JSON, _ headers: [Header] = [], framing: Framing = .whole
    ) -> ProviderRequest {
        ProviderRequest(
            "POST", url, headers: headers + [Header("Content-Type", "application/json")],
            body: body.serialized(), framing: framing)
    }

    // MARK: Its form at the boundary: the head on one line, then the body as it is

    public init(_ bytes: [UInt8]) throws(ChatReadingError) {
        let end = bytes.firstIndex(of: UInt8(ascii: "\n")) ?? bytes.endIndex
        let json: JSON
        do {
            json = try JSON(parsing: Array(bytes[..<end]))
        } catch {
            throw ChatReadingError("the request", "is no JSON: \(error)")
        }
        let reader = try ChatReader(json, "the request")
        self.init(
            try reader.text("method"), try reader.text("url"),
            headers: try reader.list("headers") { header throws(ChatReadingError) in
                Header(try header.text("name"), try header.text("value"))
            },
            framing: try reader.choice("framing"))
        if end < bytes.endIndex { body = Array(bytes[(end + 1)...]) }
    }

    public var bytes: [UInt8] {
        let headers = headers.map { header -> JSON in
            ["name": .string(header.name), "value": .string(header.value)]
        }
        let head: JSON = [
            "method": .string(method), "url": .string(url), "headers": .array(headers),
            "framing": .string(framing.rawValue),
        ]
        guard let body else { return head.serialized() }
        return head.serialized() + [UInt8(ascii: "\n")] + body
    }
}

/// The head of a server's answer.
public struct AnswerHead: Sendable, Hashable {
    public var status: Int
    /// By their names in small letters.
    public var headers: [String: String]

    public init(status: Int, headers: [String: String] = [:]) {
        self.status = status
        self.headers = headers
    }

    public var isSuccess: Bool { (200..<300).contains(status) }

    public init(_ json: JSON) throws(ChatReadingError) {
        let reader = try ChatReader(json, "head")
        status = try reader.count("status") ?? 0
        headers = (json["headers"]?.object ?? [:]).reduce(into: [:]) { $0[$1.0] = $1.1.string }
    }

    public var json: JSON {
        var headers: JSONObject = [:]
        for (name, value) in self.headers.sorted(by: { $0.key < $1.key }) {
            headers[name] = .string(value)
        }
        return ["status": .integer(Int64(status)), "headers": .object(headers)]
    }
}
