import KernelClient
import KernelCommands
import KernelConfig
import KernelServer
import KernelSystem
import KernelWire

/// `kernel serve`: a kernel in the foreground, for clients at its socket alone.
enum ServeProgram {
    static func run(
        _ startup: Startup, _ service: ServiceManager, printsJSON: Bool
    ) throws -> Int32 {
        try startup.prepareFolders()
        let door = try KernelDoor(startup, service)
        let kernel = try LocalKernel(startup, startup.purpose(stays: true))
        kernel.watch(startup.paths)
        try kernel.open(door)
        let command = ServeCommand(
            kernel.connect(), startup.introduction("serve"), socket: door.place.record.socket,
            printsJSON: printsJSON, CommandStreams(output: kernel.errors, errors: kernel.errors))
        let ends: Set<Signals.Signal> = [.terminate, .interrupt, .hangUp]
        return try kernel.run(
            endingOn: ends, onSignal: { if ends.contains($0) { command.stop() } },
            { command.run().rawValue })
    }
}
