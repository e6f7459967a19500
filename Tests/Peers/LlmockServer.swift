import KernelSystem
import KernelTesting
import ModuleJSON
import Testing

/// llmock on a port of its own. It ends with this object.
final class LlmockServer: Sendable {
    let address: String
    private let process: Int32
    private let folder: TemporaryFolder
    /// It ends when nobody has this any more, even if the tests are killed.
    private let tie: FileDescriptor

    /// The one of the suite.
    @TaskLocal static var current: LlmockServer?

    private static let script = """
        import os, sys, threading, uvicorn
        def end_with_the_tests():
            sys.stdin.buffer.read()
            os._exit(0)
        threading.Thread(target=end_with_the_tests, daemon=True).start()
        uvicorn.main()
        """

    /// `requestsPerMinute`: of each key.
    init(requestsPerMinute: Int? = nil) throws {
        let modules: String = try #require(Peers.llmock, Peers.whyNot)
        let folder = try TemporaryFolder()
        let port = try LoopbackPort.free()
        let output = try FileDescriptor.open(
            folder.file("log"), .append, creating: .ifMissing())
        let pipe = try Pipe()
        tie = try pipe.writer.duplicate()
        var environment = Environment.all.filter { !$0.hasPrefix("PYTHON") }
        environment += ["PYTHONPATH=\(modules)", "PYTHONDONTWRITEBYTECODE=1"]
        // As a model speaks: who stops listening is seen before the answer ends.
        environment.append("LLMOCK_STREAM_CHUNK_DELAY_MS=3")
        if let requestsPerMinute { environment.append("LLMOCK_RPM=\(requestsPerMinute)") }
        var options = ChildProcess.Options(environment: environment, directory: folder.path)
        options.descriptors = [
            .init(pipe.reader.raw, as: 0), .init(output.raw, as: 1), .init(output.raw, as: 2),
        ]
        process = try ChildProcess.spawn(
            "/usr/bin/env",
            [
                "python3", "-c", Self.script, "llmock.main:app", "--host", "127.0.0.1", "--port",
                "\(port)", "--loop", "asyncio", "--log-level", "warning",
            ], options)
        address = "http://127.0.0.1:\(port)"
        self.folder = folder
        let process = process
        let address = address
        try waitFor("llmock to serve") {
            guard ProcessStat(of: process) != nil else {
                let log = try Files.read(folder.file("log"), bytesMax: 1 << 20)
                throw WaitFailure(description: String(decoding: log, as: UTF8.self))
            }
            return Shell.succeeds("curl -sf -o /dev/null '\(address)/health'")
        }
    }

    deinit {
        if let handle = try? ChildProcess.handle(of: process) {
            ChildProcess.signal(handle, SignalNumber.kill)
        }
        _ = try? ChildProcess.wait(for: process)
    }

    /// What happens to the next requests; what was before is forgotten.
    func play(_ behaviors: [JSON]) throws {
        _ = try call("reset", method: "POST", body: "{}")
        guard !behaviors.isEmpty else { return }
        let scenario: JSON = ["behaviors": .array(behaviors)]
        _ = try call("scenario", method: "POST", body: scenario.text)
    }

    /// What it holds of whoever asked: the codes of its findings.
    func findings() throws -> [String] {
        let verdict = try call("verdict", method: "GET", body: nil)
        return (verdict["findings"]?.array ?? []).compactMap { $0["code"]?.string }
    }

    func attempts() throws -> Int {
        try call("verdict", method: "GET", body: nil)["attempts"]?.integer.map(Int.init) ?? 0
    }

    private func call(_ name: String, method: String, body: String?) throws -> JSON {
        let data = body.map { "--data '\($0)'" } ?? ""
        return try JSON(
            parsing: try Shell.run(
                "curl -sf --max-time 20 -X \(method) \(data) '\(address)/_llmock/\(name)'"))
    }
}

/// Has one llmock for all tests of a suite, since it takes a second to begin.
struct LlmockTrait: SuiteTrait, TestScoping {
    let isRecursive = false

    @concurrent func provideScope(
        for test: Test, testCase: Test.Case?,
        performing function: @Sendable @concurrent () async throws -> Void
    ) async throws {
        try await LlmockServer.$current.withValue(try LlmockServer()) { try await function() }
    }
}

extension Trait where Self == LlmockTrait {
    static var llmock: Self { Self() }
}
