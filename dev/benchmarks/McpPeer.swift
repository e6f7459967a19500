import KernelSystem
import ModuleJSON

/// An MCP server over standard input and output, asked as an MCP client asks it.
enum McpPeer {
    struct Figures: Sendable {
        /// From the spawn to the answer to `initialize`.
        let startMilliseconds: Double
        let callMicroseconds: Double
    }

    private static let starts = 3
    private static let calls = 300

    static func measure(_ python: String, _ script: String) throws -> Figures {
        var startTimes: [Double] = []
        var callTimes = Spread([0])
        for round in 0..<starts {
            let begin = SystemClock.monotonicNanoseconds
            var server = try McpServer(python, script)
            try server.initialize()
            startTimes.append(Double(SystemClock.monotonicNanoseconds - begin) / 1e6)
            if round == starts - 1 {
                _ = try server.echo()
                callTimes = try Stopwatch.each(calls, in: .microseconds) { try server.echo() }
            }
            try server.end()
        }
        return Figures(
            startMilliseconds: Spread(startTimes).median, callMicroseconds: callTimes.median)
    }
}

/// The client's side of one server.
private struct McpServer: ~Copyable {
    private let process: Int32
    private let handle: FileDescriptor
    private let input: FileDescriptor
    private let output: FileDescriptor
    private var received: [UInt8] = []
    private var lastID: Int64 = 0

    init(_ python: String, _ script: String) throws {
        let toServer = try Pipe()
        let fromServer = try Pipe()
        var options = ChildProcess.Options(environment: Environment.all)
        options.descriptors = [
            .init(toServer.reader.raw, as: 0), .init(fromServer.writer.raw, as: 1),
        ]
        let input = try toServer.writer.duplicate()
        let output = try fromServer.reader.duplicate()
        let process = try ChildProcess.spawn(python, [script], options)
        handle = try ChildProcess.handle(of: process)
        self.process = process
        self.input = input
        self.output = output
    }

    mutating func initialize() throws {
        try request(
            "initialize",
            [
                "protocolVersion": "2025-03-26", "capabilities": [:],
                "clientInfo": ["name": "kernel-bench", "version": "1"],
            ])
        try send(["jsonrpc": "2.0", "method": "notifications/initialized"])
    }

    mutating func echo() throws {
        try request(
            "tools/call", ["name": "echo", "arguments": ["text": "Hello from the benchmark"]])
    }

    private mutating func request(_ method: String, _ parameters: JSON) throws {
        lastID += 1
        try send([
            "jsonrpc": "2.0", "id": .integer(lastID), "method": .string(method),
            "params": parameters,
        ])
        let answer = try JSON(parsing: try line())
        guard answer["id"]?.integer == lastID, answer["result"] != nil else {
            throw BenchFailure("the MCP server answered \(answer.text)")
        }
    }

    private func send(_ message: JSON) throws {
        try input.write(message.serialized() + [10])
    }

    private mutating func line() throws -> [UInt8] {
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            if let end = received.firstIndex(of: 10) {
                defer { received.removeSubrange(...end) }
                return Array(received[..<end])
            }
            guard case .bytes(let count) = try output.read(into: &buffer) else {
                throw BenchFailure("the MCP server ended")
            }
            received += buffer[..<count]
        }
    }

    consuming func end() throws {
        ChildProcess.signal(handle, SignalNumber.kill)
        _ = try ChildProcess.wait(for: process)
    }
}
