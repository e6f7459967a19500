// Measures what this repository promises, beside what one would otherwise use, in the same run.

import KernelSystem

Signals.block()
Heap.returnFreedMemory()
let request = BenchRequest(Array(CommandLine.arguments.dropFirst()))
do {
    let mainLoop = try MainLoop()
    let pool = ThreadPool(name: "bench", threadsMax: 4)
    // On a thread of a pool, as the kernel's own callers are; the main thread is the main loop's.
    pool.run {
        let status = BenchRun(request, mainLoop).run()
        ProcessExit.now(status)
    }
    try mainLoop.runUntilStopped()
} catch {
    StandardStreams.complain("kernel-bench: \(error)")
    ProcessExit.now(70)
}
