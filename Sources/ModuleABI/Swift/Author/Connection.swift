internal import CModuleABI
internal import ModuleJSON

/// A connection to a server, made by the host within the permission `network` of the manifest,
/// wherever the module lives:
///
///     let server = try await call.connect(to: "example.org", port: 6379)
///     try await server.write("PING\\r\\n")
///     let answer = try await server.read()
///
/// It ends when the value is let go of, and with the call, the deadline or the module that it
/// belongs to, whichever is first. One task may read while another writes. A task that is cancelled
/// while it waits here ends the connection.
public final class Connection: Sendable {
    private let stream: ErrandStream
    private let socket: StreamSocket
    /// As it was asked for: "example.org:6379".
    public let place: String

    /// What `read` gives at most unless it is said.
    public static let bytesUsual = 64 << 10

    /// Waits until the host has connected.
    init(
        _ table: HostTable, to host: String, port: Int, within seconds: Double?, call: UInt64
    ) async throws {
        place = host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        let order: JSON = [
            "host": .string(host), "port": .integer(Int64(port)),
            "connectSeconds": seconds.map { .number($0) } ?? .null,
        ]
        stream = try ErrandStream(table, MOD_SERVICE_CONNECT, order, body: [], call: call)
        guard let news = try await stream.next(), news.kind == UInt32(MOD_CONNECT_OPENED) else {
            throw Failure("connect: the host gave no connection", .misuse)
        }
        socket = StreamSocket(owning: Int32(news.number))
    }

    deinit {
        socket.shutDown()
    }

    /// What has come, as soon as something has; nothing once the other side has ended.
    public func read(atMost count: Int = bytesUsual) async throws -> [UInt8] {
        let bytes = try await waiting { () throws(SocketError) in
            try await socket.read(atMost: count)
        }
        if bytes.isEmpty, socket.wasShutDown { throw ended }
        return bytes
    }

    /// Returns once the system has taken all of it.
    public func write(_ bytes: [UInt8]) async throws {
        try await waiting { () throws(SocketError) in try await socket.write(bytes) }
    }

    public func write(_ text: String) async throws {
        try await write(Array(text.utf8))
    }

    /// Nothing more will be written: the other side reads an end, and what it says is still read.
    public func finishWriting() {
        socket.finishWriting()
    }

    /// Ends the connection: whoever waits for it throws.
    public func close() {
        socket.shutDown()
        stream.cancel()
    }

    /// For a library that takes a socket, as long as this value lives: it does not block, and is
    /// closed with this value.
    public var descriptor: Int32 { socket.descriptor }

    private func waiting<Value: Sendable>(
        _ body: () async throws(SocketError) -> Value
    ) async throws -> Value {
        do {
            return try await withTaskCancellationHandler {
                try Task.checkCancellation()
                return try await body()
            } onCancel: {
                socket.shutDown()
            }
        } catch let error as SocketError {
            try Task.checkCancellation()
            if error.isBroken, socket.wasShutDown { throw ended }
            throw Failure("connect: \(place): \(error)", .failed)
        }
    }

    /// Why this side has ended it.
    private var ended: any Error {
        Task.isCancelled
            ? CancellationError()
            : stream.failure ?? Failure("connect: the connection to \(place) was ended", .cancelled)
    }
}

extension Call {
    /// Connects to a server. The connection ends no later than the call. `within` bounds the
    /// connecting; the host allows 15 seconds if it is nil.
    public func connect(
        to host: String, port: Int, within seconds: Double? = nil
    ) async throws -> Connection {
        try await Connection(run.host, to: host, port: port, within: seconds, call: run.id)
    }
}

extension Host {
    /// As `Call.connect`, between `start` and `stop`, for a connection that outlasts a call.
    public func connect(
        to host: String, port: Int, within seconds: Double? = nil
    ) async throws -> Connection {
        try await Connection(table, to: host, port: port, within: seconds, call: 0)
    }
}
