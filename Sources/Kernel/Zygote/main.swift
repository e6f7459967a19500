// The zygote: a process that has never run a second thread, from which workers are forked.
// The kernel starts it and passes the number of the control socket's descriptor.

import KernelSandbox
import KernelSystem
import KernelWorkers

guard CommandLine.arguments.count == 2, let number = Int32(CommandLine.arguments[1]), number > 2
else {
    StandardStreams.complain("kernel-zygote is started by kernel, not by hand")
    ProcessExit.now(64)
}

Heap.returnFreedMemory()
Sandbox.prepareZygote()
do {
    var server = try ZygoteServer(control: FileDescriptor(owning: number))
    try server.run()
} catch {
    StandardStreams.complain("kernel-zygote: \(error)")
    ProcessExit.now(70)
}
