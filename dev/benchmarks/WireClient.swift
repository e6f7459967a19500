import KernelSystem
import ModuleJSON

/// A client at a kernel's socket that has introduced itself and calls tasks.
final class WireClient {
    private let connection: FileDescriptor
    private var buffer = [UInt8](repeating: 0, count: 64 << 10)
    private var pending: [UInt8] = []
    private var lastID: Int64 = 0

    /// What came of a call: nothing if the connection was lost.
    struct Outcome: Sendable {
        let status: String
        let message: String

        var succeeded: Bool { status == "ok" }
    }

    private static let patienceNanoseconds: UInt64 = 20_000_000_000

    init(_ socket: String) throws {
        connection = try UnixSocket.connect(to: socket)
        try connection.setNonblocking(false)
        _ = try ask("initialize", [:])
    }

    /// As soon as there is a kernel that takes it.
    static func waiting(for socket: String) throws -> WireClient {
        let deadline = SystemClock.monotonicNanoseconds + patienceNanoseconds
        while SystemClock.monotonicNanoseconds < deadline {
            if let client = try? WireClient(socket) { return client }
            SystemThread.sleep(nanoseconds: 1_000_000)
        }
        throw BenchFailure("no kernel answers at \(socket) within 20 s")
    }

    func call(_ task: String, _ text: String, timeoutSeconds: Double? = nil) throws -> Outcome {
        var parameters: JSON = ["task": .string(task), "text": .string(text)]
        if let timeoutSeconds {
            parameters = [
                "task": .string(task), "text": .string(text),
                "timeoutSeconds": .number(timeoutSeconds),
            ]
        }
        let result = try ask("call.run", parameters)
        return Outcome(
            status: result["status"]?.string ?? "", message: result["message"]?.string ?? "")
    }

    /// What a model is told to do stands in its name.
    func answer(_ model: String) throws -> JSON {
        try ask(
            "chat.ask",
            [
                "model": .string(model),
                "messages": [["role": "user", "parts": [["type": "text", "text": "Go on."]]]],
            ])
    }

    private func ask(_ method: String, _ parameters: JSON) throws -> JSON {
        lastID += 1
        let request: JSON = [
            "jsonrpc": "2.0", "id": .integer(lastID), "method": .string(method),
            "params": parameters,
        ]
        try connection.write(request.serialized() + [UInt8(ascii: "\n")])
        while true {
            let message = try JSON(parsing: try line())
            guard message["id"]?.integer == lastID else { continue }
            if let result = message["result"] { return result }
            throw BenchFailure("\(method): \(message.text)")
        }
    }

    private func line() throws -> [UInt8] {
        while true {
            if let end = pending.firstIndex(of: UInt8(ascii: "\n")) {
                let line = Array(pending[..<end])
                pending.removeSubrange(...end)
                return line
            }
            guard case .bytes(let count) = try connection.read(into: &buffer) else {
                throw BenchFailure("the kernel closed the connection")
            }
            pending += buffer[..<count]
        }
    }
}
