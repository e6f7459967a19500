import KernelClient
import KernelConfig
import KernelRepl
import KernelSystem

/// `kernel` and `kernel --dev`: a kernel with its REPL, in one process.
enum ReplProgram {
    static func run(_ startup: Startup) throws -> Int32 {
        try startup.prepareFolders()
        let lock = try lock(startup)
        let kernel = try LocalKernel(startup, startup.purpose(stays: true))
        kernel.watch(startup.paths)
        var options = ReplOptions()
        options.historyFile = Path.join(startup.paths.stateFolder, "history")
        options.output = kernel.output
        options.errors = kernel.errors
        let repl = try Repl(kernel.connect(), options)
        let status = try kernel.run(onSignal: { handle($0, repl) }) { repl.run() }
        keep(lock)
        return status
    }

    private static func handle(_ signal: Signals.Signal, _ repl: Repl) {
        switch signal {
        case .terminate, .hangUp:
            repl.interrupt()
            repl.stop()
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
