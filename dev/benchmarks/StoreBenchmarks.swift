import KernelStore
import KernelSystem
import KernelTesting

/// Tasks that are acknowledged once they are on the disk.
enum StoreBenchmarks {
    static let all = [
        Benchmark(
            name: "submit", about: "tasks submitted and acknowledged after their commit",
            run: submit)
    ]

    private static let submitters = 50
    private static let seconds: UInt64 = 3

    @Sendable private static func submit(_ house: BenchHouse) throws -> [Measurement] {
        let folder = try TemporaryFolder("kernel-bench")
        let store = try SQLiteStore(folder: folder.path)
        defer { store.close() }
        let latencies = Condition<[Double]>([])
        let left = Condition(submitters)
        let begin = SystemClock.monotonicNanoseconds
        let end = begin + seconds * 1_000_000_000
        for number in 0..<submitters {
            try SystemThread.start(name: "submitter") {
                let own = submitUntil(end, to: store, as: "client-\(number)")
                latencies.withLock { $0 += own }
                left.withLock { $0 -= 1 }
                left.signal()
            }
        }
        _ = left.wait { $0 == 0 ? true : nil }
        let took = Double(SystemClock.monotonicNanoseconds - begin) / 1e9
        let samples = latencies.withLock { $0 }
        var rate = Measurement(
            "submit", "tasks/s", "tasks/s", Double(samples.count) / took, promise: 20_000)
        rate.wantsMore = true
        return [rate, Measurement("submit-wait", "latency", "ms", Spread(samples))]
    }

    private static func submitUntil(
        _ end: UInt64, to store: SQLiteStore, as submitter: String
    ) -> [Double] {
        var samples: [Double] = []
        while true {
            let begin = SystemClock.monotonicNanoseconds
            if begin >= end { return samples }
            let task = NewTask(
                "bench.work", .json(#"{"path":"/home/ann/notes.txt","lines":20}"#),
                submitter: submitter)
            do {
                _ = try Answer.wait { store.tasks.submit([task], $0) }
            } catch { StandardStreams.complain("\(error)"); return samples }
            samples.append(Double(SystemClock.monotonicNanoseconds - begin) / 1e6)
        }
    }
}
