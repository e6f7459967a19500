import KernelSystem
import KernelTesting

/// A kernel that is killed, and the one that comes after it.
enum RestartBenchmarks {
    static let all = [
        Benchmark(
            name: "restart", about: "kill -9 of the kernel to the next reply at its socket",
            run: restart)
    ]

    private static let rounds = 40
    /// Of kernels that live for a moment only, more in a row are started later and later.
    private static let roundsInARow = 8
    private static let restNanoseconds: UInt64 = 3_500_000_000

    @Sendable private static func restart(_ house: BenchHouse) throws -> [Measurement] {
        let program = try KernelProgram(withBundledModules: true)
        let (spread, parent) = try program.serving { parent, socket in
            var kernel = try Greeting.answer(at: socket)
            var samples: [Double] = []
            for round in 1...rounds {
                samples.append(
                    try Stopwatch.once(in: .milliseconds) {
                        ChildProcess.signal(try ChildProcess.handle(of: kernel), SignalNumber.kill)
                        let next = try Greeting.answer(at: socket)
                        guard next != kernel else { throw BenchFailure("the dead kernel answered") }
                        kernel = next
                    })
                if round % roundsInARow == 0 { SystemThread.sleep(nanoseconds: restNanoseconds) }
            }
            return (Spread(samples), try ProcessMemory("\(parent)").proportionalKibibytes)
        }
        return [
            Measurement(
                "restart",
                "SIGKILL of the kernel under `kernel serve` to the reply to `initialize` of a "
                    + "client that connects at once; bundled modules", "ms", spread, promise: 50),
            Measurement(
                "memory-parent", "PSS of the parent of `kernel serve`", "MiB",
                Double(parent) / 1_024),
        ]
    }
}
