import KernelSystem
import KernelTesting
import ModuleJSON

/// A kernel that is killed, and the one that comes after it.
enum RestartBenchmarks {
    static let all = [
        Benchmark(
            name: "restart", about: "kill -9 of the kernel to the next reply at its socket",
            run: restart)
    ]

    private static let rounds = 40

    @Sendable private static func restart(_ house: BenchHouse) throws -> [Measurement] {
        let program = try KernelProgram(withBundledModules: true)
        let (spread, parent) = try program.serving { parent, socket in
            var kernel = try ask(socket)
            let spread = try Stopwatch.each(rounds, in: .milliseconds) {
                ChildProcess.signal(try ChildProcess.handle(of: kernel), SignalNumber.kill)
                let next = try ask(socket)
                guard next != kernel else { throw BenchFailure("the dead kernel answered") }
                kernel = next
            }
            return (spread, try ProcessMemory("\(parent)").proportionalKibibytes)
        }
        return [
            Measurement(
                "restart",
                "SIGKILL of the kernel under `kernel serve` to the reply to `initialize` of a "
                    + "client that connects at once; bundled modules", "ms", spread, promise: 50),
            Measurement(
                "memory-parent", "PSS of the parent of `kernel serve`", "MiB",
                Double(parent) / 1_024),
        ]
    }

    /// Connects and introduces itself until somebody answers; returns the answering process.
    private static func ask(_ socket: String) throws -> Int32 {
        let deadline = SystemClock.monotonicNanoseconds + 20_000_000_000
        while SystemClock.monotonicNanoseconds < deadline {
            if let process = try? reply(socket) { return process }
            // A connection that the dead kernel had is reset.
            SystemThread.sleep(nanoseconds: 200_000)
        }
        throw BenchFailure("no kernel answered at \(socket) for 20 s")
    }

    private static func reply(_ socket: String) throws -> Int32? {
        let connection = try UnixSocket.connect(to: socket)
        try connection.setNonblocking(false)
        let request: JSON = ["jsonrpc": "2.0", "id": 1, "method": "initialize", "params": [:]]
        try connection.write(request.serialized() + [UInt8(ascii: "\n")])
        var line: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while line.last != UInt8(ascii: "\n") {
            guard case .bytes(let count) = try connection.read(into: &buffer) else { return nil }
            line += buffer[..<count]
        }
        return try JSON(parsing: line)["result"]?["process"]?.integer.map { Int32(clamping: $0) }
    }
}
