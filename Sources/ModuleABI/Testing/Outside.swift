public import ModuleJSON
public import ModuleKit

/// What answers in a test instead of the world outside: nobody, unless the test says who.
///
///     var outside = Outside()
///     outside.http = { request in .text("Hello from \(request.url)") }
///     let host = try TestHost(Fetcher.self, outside: outside)
public struct Outside: Sendable {
    /// Answers what the module asks of servers. What it throws is how the request fails.
    public var http: (@Sendable (WebRequest) async throws -> WebStandIn)?

    public init() {}
}

/// What a server answers in a test.
public struct WebStandIn: Sendable {
    public var status: Int
    public var headers: [WebHeader]
    /// The body, in the pieces that the module gets it in.
    public var pieces: [[UInt8]]

    public init(status: Int = 200, headers: [WebHeader] = [], pieces: [[UInt8]]) {
        self.status = status
        self.headers = headers
        self.pieces = pieces
    }

    public static func text(_ text: String, status: Int = 200) -> WebStandIn {
        WebStandIn(
            status: status, headers: [WebHeader("Content-Type", "text/plain")],
            pieces: [Array(text.utf8)])
    }

    public static func json(_ json: JSON, status: Int = 200) -> WebStandIn {
        WebStandIn(
            status: status, headers: [WebHeader("Content-Type", "application/json")],
            pieces: [json.serialized()])
    }
}
