import KernelSystem
import KernelTesting
import ModuleJSON

/// What a user would otherwise have, measured in the same run, each once and when it is needed.
final class Peers: Sendable {
    private struct State {
        var mcp: Result<McpPeer.Figures, BenchFailure>?
        var python: Result<(imports: Double, reload: Double), BenchFailure>?
        var skipped: [String] = []
    }

    private let state = Condition(State())
    private let folder = Path.join(Fixture.repository, "dev/benchmarks/peers")

    /// One sentence for each peer that is not here.
    var skipped: [String] { state.withLock { $0.skipped } }

    // MARK: Processes

    /// posix_spawn of a program to its end.
    func spawnMilliseconds(_ program: String) throws -> Measurement.Peer {
        let spread = try spawn(program)
        return Measurement.Peer(name: "posix_spawn \(program)", value: spread.median)
    }

    func spawnStatic() throws -> Spread {
        let folder = try TemporaryFolder("kernel-bench")
        let source = folder.file("nothing.c")
        try Files.replace(source, with: Array("int main(void) { return 0; }\n".utf8))
        try Fixture.compile(["-O2", "-static", source, "-o", folder.file("nothing")])
        return try spawn(folder.file("nothing"))
    }

    private func spawn(_ program: String) throws -> Spread {
        try Stopwatch.each(100, in: .milliseconds) {
            let process = try ChildProcess.spawn(
                program, [], ChildProcess.Options(environment: []))
            _ = try ChildProcess.wait(for: process)
        }
    }

    // MARK: Python

    /// The interpreter itself, not a wrapper in the PATH that looks for it first.
    func python() throws -> String {
        let own = Path.join(Fixture.repository, ".build/bench-venv/bin/python")
        return Files.isExecutable(own) ? own : try Program.inPath("python3")
    }

    func pythonStart() throws -> Measurement.Peer {
        let python = try python()
        let spread = try Stopwatch.each(15, in: .milliseconds) {
            _ = try Program.run(python, ["-c", "pass"])
        }
        return Measurement.Peer(name: "python -c pass", value: spread.median)
    }

    func pythonReloadMilliseconds() throws -> Measurement.Peer? {
        plugin().map { Measurement.Peer(name: "importlib.reload", value: $0.reload) }
    }

    func pythonImportMilliseconds() throws -> Measurement.Peer? {
        plugin().map { Measurement.Peer(name: "Python import", value: $0.imports) }
    }

    private func plugin() -> (imports: Double, reload: Double)? {
        if let known = state.withLock({ $0.python }) { return try? known.get() }
        let result: Result<(imports: Double, reload: Double), BenchFailure>
        do {
            let folder = try TemporaryFolder("kernel-bench")
            let run = try Program.run(
                try python(),
                [Path.join(self.folder, "plugin.py"), folder.path, "50"])
            let json = try JSON(parsing: run.output)
            guard let imports = json["import"]?.number, let reload = json["reload"]?.number else {
                throw BenchFailure(run.output)
            }
            result = .success((imports, reload))
        } catch {
            result = .failure(BenchFailure("\(error)"))
            skip("the Python plug-in: \(error)")
        }
        state.withLock { $0.python = result }
        return try? result.get()
    }

    /// The standard library's SQLite with a commit for each task.
    func pythonCommitsPerSecond() -> Measurement.Peer? {
        do {
            let folder = try TemporaryFolder("kernel-bench")
            let run = try Program.run(
                try python(), [Path.join(self.folder, "durable.py"), folder.path])
            guard let rate = try JSON(parsing: run.output)["rate"]?.number else {
                throw BenchFailure(run.output)
            }
            return Measurement.Peer(name: "sqlite3 (Python)", value: rate)
        } catch {
            skip("durable tasks in Python: \(error)")
            return nil
        }
    }

    // MARK: MCP

    var mcpCallMicroseconds: Measurement.Peer? {
        mcp().map { Measurement.Peer(name: "MCP stdio (Python)", value: $0.callMicroseconds) }
    }

    var mcpStartMilliseconds: Measurement.Peer? {
        mcp().map { Measurement.Peer(name: "MCP stdio (Python)", value: $0.startMilliseconds) }
    }

    private func mcp() -> McpPeer.Figures? {
        if let known = state.withLock({ $0.mcp }) { return try? known.get() }
        let python = Path.join(Fixture.repository, ".build/bench-venv/bin/python")
        let result: Result<McpPeer.Figures, BenchFailure>
        do {
            guard Files.isExecutable(python) else {
                throw BenchFailure("there is no \(python): dev/bench makes it with the network")
            }
            result = .success(
                try McpPeer.measure(python, Path.join(folder, "mcp_server.py")))
        } catch {
            result = .failure(BenchFailure("\(error)"))
            skip("the MCP server in Python: \(error)")
        }
        state.withLock { $0.mcp = result }
        return try? result.get()
    }

    func skip(_ sentence: String) {
        state.withLock { $0.skipped.append(sentence) }
    }
}
