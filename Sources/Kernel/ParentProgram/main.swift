// The parent: a small process that starts the kernel, and starts it again when it dies.
// The kernel becomes it, and tells it how to start the kernel.

import KernelParent
import KernelSystem

guard let order = ParentOrder(Array(CommandLine.arguments.dropFirst())) else {
    StandardStreams.complain("kernel-parent is started by kernel, not by hand")
    ProcessExit.now(64)
}

Heap.returnFreedMemory()
var parent = Parent(order)
ProcessExit.now(parent.run())
