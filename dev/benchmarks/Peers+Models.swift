import KernelSystem
import KernelTesting

/// Command lines that ask models, of PyPI, as `dev/peers clients` unpacks them.
extension Peers {
    private static let rounds = 5

    /// `llm`, by Simon Willison.
    func llm(_ server: ModelServer) -> Measurement.Peer? {
        measured("llm (PyPI)") { modules in
            let folder = try TemporaryFolder("kernel-bench")
            let models = """
                - model_id: once
                  model_name: once
                  api_base: "\(server.address)/v1"
                """
            try Files.replace(
                folder.file("extra-openai-models.yaml"), with: Array(models.utf8))
            return try time(
                modules, folder,
                [
                    "-c", "import sys; from llm.cli import cli; sys.argv[0] = 'llm'; cli()", "-m",
                    "once", "--key", "none", "Why is the sky blue?",
                ])
        }
    }

    /// A few lines of Python.
    func openAIScript(_ server: ModelServer) -> Measurement.Peer? {
        measured("openai (Python)") { modules in
            let script = Path.join(Fixture.repository, "dev/benchmarks/peers/ask_openai.py")
            return try time(
                modules, try TemporaryFolder("kernel-bench"),
                [script, server.address + "/v1", "Why is the sky blue?"])
        }
    }

    private func measured(
        _ name: String, _ body: (String) throws -> Double
    ) -> Measurement.Peer? {
        guard let modules = Environment.value("KERNEL_BENCH_CLIENTS") else {
            skip("\(name): it is not there; dev/peers clients fetches it")
            return nil
        }
        do {
            return Measurement.Peer(name: name, value: try body(modules))
        } catch {
            skip("\(name): \(error)")
            return nil
        }
    }

    private func time(
        _ modules: String, _ folder: TemporaryFolder, _ arguments: [String]
    ) throws -> Double {
        let environment = [
            "PYTHONPATH=\(modules)", "LLM_USER_PATH=\(folder.path)", "HOME=\(folder.path)",
            "PATH=/usr/bin:/bin",
        ]
        let python = try python()
        func ask() throws {
            let output = try FileDescriptor.open(
                folder.file("output"), .append, creating: .ifMissing())
            var options = ChildProcess.Options(environment: environment, directory: folder.path)
            options.descriptors = (1...2).map { .init(output.raw, as: $0) }
            let process = try ChildProcess.spawn(python, arguments, options)
            guard try ChildProcess.wait(for: process) == .exited(code: 0) else {
                let said = try Files.read(folder.file("output"), bytesMax: 1 << 20)
                throw BenchFailure(String(decoding: said.suffix(400), as: UTF8.self))
            }
        }
        // The first one compiles what it imports.
        try ask()
        return try Stopwatch.each(Self.rounds, in: .milliseconds) { try ask() }.median
    }
}
