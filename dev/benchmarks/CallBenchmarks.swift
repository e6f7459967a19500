import KernelCalls
import ModuleJSON

/// Calls in process, through the whole dispatch, from one thread of a pool.
enum CallBenchmarks {
    static let all = [
        Benchmark(name: "call-c", about: "a call of a C module with bytes, in process", run: inC),
        Benchmark(
            name: "call-kit", about: "a call by ModuleKit with Codable arguments, in process",
            run: byKit),
    ]

    @Sendable private static func inC(_ house: BenchHouse) throws -> [Measurement] {
        let kernel = try BenchKernel(house)
        defer { kernel.stop() }
        try kernel.begin(try house.builds.inC())
        let order = CallOrder("bench-0000.echo", .bytes(Array(repeating: 7, count: 64)))
        let listener = LastOutcome()
        let spread = try Stopwatch.batches(500, of: 200, in: .microseconds) {
            _ = try kernel.value(order, listener)
        }
        let what =
            "Dispatcher.call to the listener's end of call, 64 bytes echoed by a C module in "
            + "process; audit none; 500 batches of 200"
        return [
            Measurement("call-c", what, "µs", spread, promise: 2)
                .beside(house.peers.mcpCallMicroseconds)
        ]
    }

    @Sendable private static func byKit(_ house: BenchHouse) throws -> [Measurement] {
        let kernel = try BenchKernel(house)
        defer { kernel.stop() }
        try kernel.begin(try house.builds.byKit(tasks: 1))
        let order = CallOrder(
            "bench-0000.work1", .json(["name": "Ann", "count": 3, "loud": true]))
        let listener = LastOutcome()
        let spread = try Stopwatch.batches(500, of: 100, in: .microseconds) {
            _ = try kernel.value(order, listener)
        }
        let what =
            "Dispatcher.call to the end of call, three checked arguments decoded and a Codable "
            + "result of three fields encoded by ModuleKit in process; 500 batches of 100"
        return [
            Measurement("call-kit", what, "µs", spread, promise: 6)
                .beside(house.peers.mcpCallMicroseconds)
        ]
    }
}
