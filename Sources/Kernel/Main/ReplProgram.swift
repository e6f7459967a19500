import KernelConfig
import CCrash
import KernelBase
import KernelClient
import KernelLoader
import KernelServer
import KernelSystem
import KernelTerminal
import KernelWire
import KernelWorkers

/// `kernel` and `kernel --dev`: a kernel with its REPL, in one process.
enum ReplProgram {
    static func run(_ startup: Startup, isDevelopment: Bool) throws -> Int32 {
        let configuration = try startup.readConfiguration()
        try startup.prepareFolders()
        let lock = try lock(startup)
        let capture = try OutputCapture()
        crash_guard_install(capture.errors.raw, capture.reader.raw)
        let output = try OutputCollector()
        let parts = try KernelParts(
            configuration: configuration, output: output, isDevelopment: isDevelopment)
        let log = parts.log
        try output.add(try capture.reader.duplicate()) { line in
            log.add(LogLine(module: "in process", level: .info, text: line))
        }
        try parts.begin(watching: startup.paths)
        let (ours, theirs) = InMemoryTransport.pair()
        parts.server.connect(ours)
        let repl = try makeRepl(startup, theirs, capture)
        let status = ExitBox()
        try SystemThread.start(name: "repl") {
            status.set(repl.run())
            parts.mainLoop.stop()
        }
        try Signals.listen { handle($0, repl) }
        try parts.mainLoop.runUntilStopped()
        parts.stop()
        keep(lock)
        return status.value
    }

    private static func makeRepl(
        _ startup: Startup, _ transport: InMemoryTransport, _ capture: borrowing OutputCapture
    ) throws -> Repl {
        var options = ReplOptions()
        options.historyFile = Path.join(startup.paths.stateFolder, "history")
        options.output = capture.output.raw
        options.errors = capture.errors.raw
        return try Repl(transport, options)
    }

    private static func handle(_ signal: Signals.Signal, _ repl: Repl) {
        switch signal {
        case .terminate, .hangUp: repl.stop()
        case .interrupt: repl.interrupt()
        case .windowChanged: repl.windowChanged()
        case .continued: repl.continued()
        }
    }

    /// Two kernels must not work on one state folder.
    private static func lock(_ startup: Startup) throws(Startup.Failure) -> FileLock {
        let path = Path.join(startup.paths.stateFolder, "lock")
        do {
            return try FileLock(path)
        } catch {
            switch error {
            case .held:
                throw Startup.Failure(
                    description: "another kernel is running on \(startup.paths.stateFolder); "
                        + "leave that one first, or set XDG_STATE_HOME to another folder")
            case .system(let reason):
                throw Startup.Failure(description: "\(reason)")
            }
        }
    }

    /// The lock lives to the end of the program.
    private static func keep(_ lock: consuming FileLock) {}
}
