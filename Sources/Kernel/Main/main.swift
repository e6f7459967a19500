
import KernelSystem

let startup = try Startup(configuration: nil, isDevelopment: true)
Signals.block()
ProcessExit.immediately(try ReplProgram.run(startup, isDevelopment: true))
