import KernelClient
import KernelCommands
import KernelConfig
import KernelRepl
import KernelServer
import KernelSystem
import KernelWire

/// `kernel` and `kernel --dev`: the REPL of the kernel that runs, or of one in this process, which
/// others can reach as well. Its own REPL goes through the same socket as they do; under `--dev`
/// the messages stay in memory.
enum ReplProgram {
    static func run(
        _ startup: Startup, _ service: ServiceManager
    ) throws -> Int32 {
        try startup.prepareFolders()
        // Who was given a socket is the kernel, and would find itself.
        if service.listener == nil, let transport = try startup.finder.find() {
            return try attach(startup, transport)
        }
        do {
            return try begin(startup, service)
        } catch let error as KernelPlace.Failure {
            // Another one was quicker.
            guard error.isRunning, service.listener == nil,
                let transport = try startup.finder.find()
            else { throw error }
            return try attach(startup, transport)
        }
    }

    private static func begin(
        _ startup: Startup, _ service: ServiceManager
    ) throws -> Int32 {
        let door = try KernelDoor(startup, service)
        let kernel = try LocalKernel(startup, startup.purpose(stays: true))
        kernel.watch(startup.paths)
        try kernel.open(door)
        var options = options(startup)
        options.output = kernel.output
        options.errors = kernel.errors
        let repl = try Repl(try way(to: kernel, startup), options)
        return try kernel.run(onSignal: { handle($0, repl) }) { repl.run() }
    }

    private static func way(
        to kernel: borrowing LocalKernel, _ startup: Startup
    ) throws -> any WireTransport {
        guard !startup.isDevelopment else { return kernel.connect() }
        guard let transport = try startup.finder.connect() else {
            throw Startup.Failure(
                description: "the kernel in this process cannot be reached at its own socket; "
                    + "look at \(startup.paths.socket)")
        }
        return transport
    }

    private static func attach(
        _ startup: Startup, _ transport: SocketTransport
    ) throws -> Int32 {
        let finder = startup.finder
        var options = options(startup)
        options.reconnect = { try finder.connect() }
        let repl = try Repl(transport, options)
        return try AttachedClient.run(onSignal: { handle($0, repl) }) { repl.run() }
    }

    private static func options(_ startup: Startup) -> ReplOptions {
        var options = ReplOptions()
        options.historyFile = Path.join(startup.paths.stateFolder, "history")
        options.introduction = startup.introduction("repl")
        return options
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
}
