import KernelBase
import KernelCalls
import KernelSystem
import ModuleJSON

/// From the rename of a built file to the first call that its code serves.
enum ReloadBenchmarks {
    static let all = [
        Benchmark(name: "reload-c", about: "reload of a C module", run: inC),
        Benchmark(name: "reload-kit", about: "reload of a ModuleKit module", run: byKit),
        Benchmark(
            name: "reload-state", about: "reload of a ModuleKit module with its state", run: state),
        Benchmark(name: "load", about: "1,000 reloads under calls", run: underLoad),
    ]

    private static let rounds = 100
    private static let noArguments = CallOrder.Arguments.json([:])

    @Sendable private static func inC(_ house: BenchHouse) throws -> [Measurement] {
        try measure(
            house, "reload-c", "C module", try house.builds.inC(),
            CallOrder("bench-0000.answer", .bytes([])))
    }

    @Sendable private static func byKit(_ house: BenchHouse) throws -> [Measurement] {
        try measure(
            house, "reload-kit", "ModuleKit module with one task",
            try house.builds.byKit(tasks: 1), CallOrder("bench-0000.work1", noArguments))
    }

    @Sendable private static func state(_ house: BenchHouse) throws -> [Measurement] {
        try measure(
            house, "reload-state", "ModuleKit module that hands over a state of 100 names",
            try house.builds.byKit(tasks: 1, keepsState: true),
            CallOrder("bench-0000.work1", noArguments))
    }

    private static func measure(
        _ house: BenchHouse, _ name: String, _ subject: String, _ bytes: [UInt8],
        _ order: CallOrder
    ) throws -> [Measurement] {
        let kernel = try BenchKernel(house)
        defer { kernel.stop() }
        try kernel.begin(bytes)
        let listener = LastOutcome()
        _ = try kernel.value(order, listener)
        var number = 0
        var samples: [Double] = []
        for _ in 0..<rounds {
            number += 1
            try kernel.stage(try ModuleBuilds.numbered(bytes, number))
            let wanted = ModuleBuilds.answer(number)
            samples.append(
                try Stopwatch.once(in: .milliseconds) {
                    try kernel.publish()
                    try wait(for: wanted, order, kernel, listener)
                })
            try kernel.events.waitUntilServed(number + 1)
        }
        let what =
            "rename of the built file (\(bytes.count >> 10) KiB, \(subject)) to the first call "
            + "served by its code, through inotify, copy, hash, probe and swap; asked every 0.1 ms"
        return [
            Measurement(name, what, "ms", Spread(samples), promise: 5).judgedByTail()
                .beside(try house.peers.pythonReloadMilliseconds())
        ]
    }

    private static func wait(
        for wanted: [UInt8], _ order: CallOrder, _ kernel: BenchKernel, _ listener: LastOutcome
    ) throws {
        let deadline = SystemClock.monotonicNanoseconds + 20_000_000_000
        while !(try kernel.value(order, listener)).contains(wanted) {
            guard SystemClock.monotonicNanoseconds < deadline else {
                throw BenchFailure("the new build did not serve within 20 s")
            }
            SystemThread.sleep(nanoseconds: 100_000)
        }
    }

    // MARK: Under load

    private static let loadRounds = 1_000

    @Sendable private static func underLoad(_ house: BenchHouse) throws -> [Measurement] {
        let kernel = try BenchKernel(house)
        defer { kernel.stop() }
        let bytes = try house.builds.inC()
        try kernel.begin(bytes)
        let load = CallLoad(kernel)
        load.start("bench-0000.answer", expecting: Array("build-".utf8))
        load.start("bench-0000.work", expecting: [7, 7])
        let seconds =
            try Stopwatch.once(in: .milliseconds) {
                for number in 1...loadRounds {
                    try kernel.install(try ModuleBuilds.numbered(bytes, number))
                    try kernel.events.waitUntilServed(number + 1)
                }
            } / 1_000
        let totals = load.stop()
        let during = "while two callers call it without pause, one in process, one in workers"
        if let problem = totals.problem { Progress.say("a call failed: \(problem)") }
        return [
            Measurement(
                "load-failed",
                "failed or wrong calls during \(loadRounds) reloads of a C module "
                    + during, "calls", Double(totals.failed), promise: 0),
            Measurement(
                "load-calls", "calls served meanwhile", "calls/s", Double(totals.served) / seconds),
            Measurement(
                "load-reloads", "reloads, one after the other, " + during, "reloads/s",
                Double(loadRounds) / seconds),
        ]
    }
}

/// Callers that go on until they are told to stop.
private final class CallLoad: Sendable {
    struct Totals {
        var served = 0
        var failed = 0
        var problem: String?
        var running = 0
        var isOver = false
    }

    private let kernel: BenchKernel
    private let totals = Condition(Totals())
    private let pool = ThreadPool(name: "load", threadsMax: 8)

    init(_ kernel: BenchKernel) {
        self.kernel = kernel
    }

    func start(_ address: String, expecting expected: [UInt8]) {
        totals.withLock { $0.running += 1 }
        pool.run {
            let listener = LastOutcome()
            let order = CallOrder(address, .bytes(Array(repeating: 7, count: 2)))
            while !self.totals.withLock({ $0.isOver }) {
                let outcome = self.kernel.call(order, listener)
                let isRight = outcome.succeeded && outcome.value.starts(with: expected)
                self.totals.withLock { totals in
                    if isRight { totals.served += 1 } else { totals.failed += 1 }
                    if !isRight { totals.problem = "\(outcome.status.name): \(outcome.message)" }
                }
            }
            self.totals.withLock { $0.running -= 1 }
            self.totals.broadcast()
        }
    }

    func stop() -> Totals {
        totals.withLock { $0.isOver = true }
        let totals = totals.wait { $0.running == 0 ? $0 : nil }
        pool.close()
        return totals ?? Totals()
    }
}
