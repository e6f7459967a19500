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

    /// The other side of each connection that the module makes; at its return the other side has
    /// said all. What it throws ends the connection.
    public var connections: (@Sendable (ConnectionStandIn) async throws -> Void)?

    /// Answers for the programs that the module has run. What it throws is how one fails to start.
    public var programs: (@Sendable (ProgramRequest) async throws -> ProgramStandIn)?

    /// Answers for the services on the buses. What it throws is how the call fails: a `BusError` as
    /// a service says it.
    public var bus: (@Sendable (BusRequest) async throws -> BusAnswer)?

    /// What the module hears when it listens on a bus; then the bus has ended the connection.
    public var signals: (@Sendable (BusMatch) async throws -> [BusSignals.Element])?

    public init() {}
}

/// The other side of a connection, in a test.
public struct ConnectionStandIn: Sendable {
    /// Where the module wanted to connect to: "example.org:6379".
    public let place: String
    private let socket: StreamSocket

    init(_ place: String, _ socket: StreamSocket) {
        self.place = place
        self.socket = socket
    }

    /// What the module has sent, as soon as there is something; nothing at its end.
    public func read(atMost count: Int = Connection.bytesUsual) async throws -> [UInt8] {
        try await socket.read(atMost: count)
    }

    public func write(_ bytes: [UInt8]) async throws {
        try await socket.write(bytes)
    }

    public func write(_ text: String) async throws {
        try await write(Array(text.utf8))
    }
}

/// A program that the module under test has run.
public struct ProgramRequest: Sendable {
    public let program: String
    public let arguments: [String]
    public let folder: String?
    public let input: [UInt8]
}

/// What a program does in a test.
public struct ProgramStandIn: Sendable {
    public var pieces: [RunningProgram.Piece]
    public var end: ProgramEnd

    public init(pieces: [RunningProgram.Piece] = [], end: ProgramEnd = .exited(0)) {
        self.pieces = pieces
        self.end = end
    }

    public static func text(_ text: String, status: Int32 = 0) -> ProgramStandIn {
        ProgramStandIn(pieces: [.output(Array(text.utf8))], end: .exited(status))
    }
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
