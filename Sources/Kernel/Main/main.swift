// The program `kernel`: understands the command line, and has the right part do it.

import KernelClient
import KernelCommands
import KernelFlight
import KernelSystem

/// Blocked before any thread exists, so that only the thread that wants them gets signals.
Signals.block()
StandardStreams.open()
Heap.returnFreedMemory()
ProcessExit.deliberately(Program.run(Array(CommandLine.arguments.dropFirst())))
