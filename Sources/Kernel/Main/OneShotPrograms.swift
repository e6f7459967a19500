import KernelClient
import KernelConfig
import KernelSystem

/// Commands that ask the kernel one thing and end.
enum OneShotPrograms {
    /// `kernel run`
    static func run(
        _ startup: Startup, _ request: Command.RunRequest
    ) throws -> Int32 {
        let kernel = try LocalKernel(startup, startup.purpose(stays: false))
        kernel.findModules()
        let streams = CommandStreams(output: kernel.output, errors: kernel.errors)
        let command = RunCommand(kernel.connect(), request, streams)
        return try kernel.run(onSignal: { handle($0, command) }) { command.run().rawValue }
    }

    private static func handle(_ signal: Signals.Signal, _ command: RunCommand) {
        switch signal {
        case .terminate, .hangUp, .interrupt: command.interrupt()
        case .windowChanged, .continued: break
        }
    }

    /// `kernel health`
    static func health(
        _ startup: Startup, _ module: String?, printsJSON: Bool
    ) throws -> Int32 {
        let kernel = try LocalKernel(startup, startup.purpose(stays: false))
        kernel.findModules()
        let streams = CommandStreams(output: kernel.output, errors: kernel.errors)
        let command = HealthCommand(
            kernel.connect(), module: module, printsJSON: printsJSON, streams)
        return try kernel.run(onSignal: { _ in }) { command.run().rawValue }
    }

    /// `kernel modules`
    static func modules(_ startup: Startup, printsJSON: Bool) throws -> Int32 {
        let kernel = try LocalKernel(startup, startup.purpose(stays: false))
        kernel.findModules()
        let streams = CommandStreams(output: kernel.output, errors: kernel.errors)
        let command = ModulesCommand(kernel.connect(), printsJSON: printsJSON, streams)
        return try kernel.run(onSignal: { _ in }) { command.run().rawValue }
    }
}
