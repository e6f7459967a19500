import KernelBase
import KernelCalls
import KernelHosting
import KernelStore
import KernelSystem
import KernelTasks
import KernelTesting

/// Whole lives of tasks, from being handed in to the end, durable and not.
enum TaskBenchmarks {
    static let all = [
        Benchmark(
            name: "tasks", about: "10,000 tasks of 50 submitters, durable and as calls", run: tasks)
    ]

    private static let submitters = 50
    private static let each = 200

    @Sendable private static func tasks(_ house: BenchHouse) throws -> [Measurement] {
        let kernel = try BenchKernel(house)
        defer { kernel.stop() }
        try kernel.begin(try house.builds.inC())
        var measurements: [Measurement] = []
        for (mode, task) in [("thread", "echo"), ("process", "work")] {
            let durable = try durable("bench-0000.\(task)", kernel)
            let calls = try calls("bench-0000.\(task)", kernel)
            let what = "\(submitters) threads hand in \(each) each, mode \(mode)"
            measurements += [
                rate("tasks-\(mode)", "durable: \(what); until the last has ended", durable),
                rate("calls-\(mode)", "not durable: \(what), one after the other", calls),
            ]
        }
        return measurements
    }

    private static func rate(_ name: String, _ what: String, _ value: Double) -> Measurement {
        var measurement = Measurement(name, what, "/s", value)
        measurement.wantsMore = true
        return measurement
    }

    // MARK: Durable

    private static func durable(_ name: String, _ kernel: BenchKernel) throws -> Double {
        let folder = try TemporaryFolder("kernel-bench")
        let store = try SQLiteStore(folder: folder.path)
        defer { store.close() }
        let ends = Condition((done: 0, failure: String?.none))
        let engine = try TaskEngine(
            records: store.tasks, runner: kernel.runner, options: TaskOptions(),
            observe: { event in
                guard case .changed(let record) = event.kind, record.state.isEnd else { return }
                ends.withLock { ends in
                    ends.done += 1
                    if record.state != .done { ends.failure = record.end?.message ?? "" }
                }
                ends.signal()
            }, report: { _ in })
        defer { engine.stop(withinSeconds: 5) }
        engine.start()
        let begin = SystemClock.monotonicNanoseconds
        try submit(name, engine)
        _ = ends.wait { $0.done == submitters * each ? true : nil }
        if let failure = ends.withLock({ $0.failure }) { throw BenchFailure(failure) }
        return perSecond(since: begin)
    }

    private static func submit(_ name: String, _ engine: TaskEngine) throws {
        try Crowd.run(submitters) { submitter in
            for _ in 0..<each {
                let task = NewTask(
                    name, Payload(.bytes, Array(repeating: 7, count: 64)),
                    submitter: "client-\(submitter)")
                _ = try Answer.wait { engine.submit([task], $0) }
            }
        }
    }

    // MARK: Not durable

    private static func calls(_ name: String, _ kernel: BenchKernel) throws -> Double {
        let begin = SystemClock.monotonicNanoseconds
        let order = CallOrder(name, .bytes(Array(repeating: 7, count: 64)))
        try Crowd.run(submitters) { _ in
            let listener = LastOutcome()
            for _ in 0..<each { _ = try kernel.value(order, listener) }
        }
        return perSecond(since: begin)
    }

    private static func perSecond(since begin: UInt64) -> Double {
        Double(submitters * each) * 1e9 / Double(SystemClock.monotonicNanoseconds - begin)
    }
}
