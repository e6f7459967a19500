import CInotify
import KernelBuilds
import KernelCalls
import KernelLoader
import KernelSystem
import KernelWorkers

/// Calls in processes of their own.
enum WorkerBenchmarks {
    static let all = [
        Benchmark(name: "worker", about: "a call of a warm worker, 2 KB in and out", run: warm),
        Benchmark(name: "process", about: "one task in a fresh process of its own", run: fresh),
    ]

    private static let address = "bench-0000.work"

    @Sendable private static func warm(_ house: BenchHouse) throws -> [Measurement] {
        let kernel = try BenchKernel(house)
        defer { kernel.stop() }
        try kernel.begin(try house.builds.inC())
        let listener = LastOutcome()
        let order = CallOrder(address, .bytes(Array(repeating: 7, count: 2_048)))
        let number = try kernel.value(CallOrder(address, .bytes([])), listener)
        guard let worker = Int32(String(decoding: number, as: UTF8.self)) else {
            throw BenchFailure("the worker did not tell its number")
        }
        func spread() throws -> Spread {
            try Stopwatch.each(5_000, in: .microseconds) { _ = try kernel.value(order, listener) }
        }
        let free = try spread()
        defer { linux_bind_thread(0, -1) }
        let bound = try (0..<Machine().cores).map { core in
            bind(worker, to: core)
            return try spread()
        }
        guard let quietest = bound.min(by: { $0.median < $1.median }) else {
            throw BenchFailure("this machine has no core")
        }
        let what =
            "Dispatcher.call to the end of call, 2,048 bytes echoed by a C module in a warm worker"
        return [
            Measurement(
                "worker-pinned", what + ", both ends on one core (the quietest)",
                "µs", quietest, promise: 15
            ).beside(house.peers.mcpCallMicroseconds),
            Measurement("worker-unpinned", what + ", wherever they run", "µs", free)
                .beside(house.peers.mcpCallMicroseconds),
        ]
    }

    /// Binds this thread and all of the worker to one core.
    private static func bind(_ worker: Int32, to core: Int) {
        linux_bind_thread(0, Int32(core))
        for thread in (try? Files.names(in: "/proc/\(worker)/task")) ?? [] {
            if let number = Int32(thread) { linux_bind_thread(number, Int32(core)) }
        }
    }

    @Sendable private static func fresh(_ house: BenchHouse) throws -> [Measurement] {
        let kernel = try BenchKernel(house) { $0.workers.callsMax = 1 }
        defer { kernel.stop() }
        try kernel.begin(try house.builds.inC())
        let listener = LastOutcome()
        let order = CallOrder(address, .bytes(Array(repeating: 7, count: 2_048)))
        let spread = try Stopwatch.each(300, in: .milliseconds) {
            _ = try kernel.value(order, listener)
        }
        let what =
            "Dispatcher.call to the end of call in a process that is forked for it and killed "
            + "after it: fork, open, create, start, call; within all of its walls"
        return [
            Measurement("process-fresh", what, "ms", spread, promise: 1.5)
                .beside(try house.peers.spawnMilliseconds("/bin/true")),
            Measurement(
                "spawn-static",
                "the peer of process-fresh at its best: posix_spawn and wait of a "
                    + "static C program that returns at once", "ms",
                try house.peers.spawnStatic()),
        ]
    }
}
