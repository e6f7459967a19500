import KernelSystem
import ModuleJSON

/// A client at a kernel's socket that introduces itself, to see who answers.
final class Greeting {
    private let connection: FileDescriptor

    private static let patienceNanoseconds: UInt64 = 20_000_000_000
    private static let retryNanoseconds: UInt64 = 100_000

    private init(_ socket: String) throws {
        connection = try UnixSocket.connect(to: socket)
        try connection.setNonblocking(false)
    }

    /// Connects as soon as somebody listens.
    static func waiting(for socket: String) throws -> Greeting {
        try patiently("nobody listens at \(socket)") { try? Greeting(socket) }
    }

    /// Connects until somebody answers, and returns the answering process: a connection that a dead
    /// kernel had is reset.
    static func answer(at socket: String) throws -> Int32 {
        try patiently("no kernel answers at \(socket)") { try? Greeting(socket).answer() }
    }

    private static func patiently<Value>(
        _ failure: String, _ body: () -> Value?
    ) throws -> Value {
        let deadline = SystemClock.monotonicNanoseconds + patienceNanoseconds
        while SystemClock.monotonicNanoseconds < deadline {
            if let value = body() { return value }
            SystemThread.sleep(nanoseconds: retryNanoseconds)
        }
        throw BenchFailure("\(failure) within 20 s")
    }

    func answer() throws -> Int32 {
        let request: JSON = ["jsonrpc": "2.0", "id": 1, "method": "initialize", "params": [:]]
        try connection.write(request.serialized() + [UInt8(ascii: "\n")])
        var line: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while line.last != UInt8(ascii: "\n") {
            guard case .bytes(let count) = try connection.read(into: &buffer) else {
                throw BenchFailure("the kernel closed the connection")
            }
            line += buffer[..<count]
        }
        guard let process = try JSON(parsing: line)["result"]?["process"]?.integer else {
            throw BenchFailure("the kernel did not introduce itself")
        }
        return Int32(clamping: process)
    }
}
