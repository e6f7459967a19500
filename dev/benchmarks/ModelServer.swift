import KernelHTTP
import KernelSystem
import KernelTesting

/// `peers/model_server.c`, built and run: a server of models that is faster than whoever asks it.
final class ModelServer: Sendable {
    let address: String
    let port: UInt16
    private let process: Int32
    private let folder: TemporaryFolder

    private static let waitSeconds = 10.0

    init() throws {
        let folder = try TemporaryFolder("kernel-bench")
        self.folder = folder
        try Self.compile("model_server", linking: [], into: folder)
        port = try LoopbackPort.free()
        let address = "http://127.0.0.1:\(port)"
        self.address = address
        let nothing = try FileDescriptor.open("/dev/null", .write)
        var options = ChildProcess.Options(environment: [])
        options.descriptors = (0...2).map { .init(nothing.raw, as: $0) }
        process = try ChildProcess.spawn(folder.file("model_server"), ["\(port)"], options)
        let deadline = SystemClock.monotonicNanoseconds + UInt64(Self.waitSeconds * 1e9)
        while LoopbackPort.listeningUser(port) == nil {
            guard SystemClock.monotonicNanoseconds < deadline else {
                throw BenchFailure("the server of models does not listen")
            }
            SystemThread.sleep(nanoseconds: 1_000_000)
        }
    }

    deinit {
        if let handle = try? ChildProcess.handle(of: process) {
            ChildProcess.signal(handle, SignalNumber.kill)
        }
        _ = try? ChildProcess.wait(for: process)
    }

    /// From the question to the first byte of the answer, by libcurl on a connection that is kept:
    /// in microseconds.
    func curlMicroseconds(_ count: Int, _ body: String) throws -> [Double] {
        try Self.compile("curl_first", linking: ["-lcurl"], into: folder)
        let run = try Program.run(
            folder.file("curl_first"), ["\(address)/v1/chat/completions", "\(count)", body])
        let samples = run.output.split(separator: "\n").compactMap { Double($0) }
        guard samples.count == count else { throw BenchFailure("curl: \(run.output)") }
        return samples
    }

    private static func compile(
        _ name: String, linking: [String], into folder: TemporaryFolder
    ) throws {
        let source = Path.join(Fixture.repository, "dev/benchmarks/peers/\(name).c")
        try Fixture.compile(["-O2", source, "-o", folder.file(name)] + linking)
    }
}
