import KernelBase
import KernelStore
import KernelSystem
import KernelTesting

/// What is acknowledged once it is on the disk.
enum StoreBenchmarks {
    static let all = [
        Benchmark(
            name: "submit", about: "tasks submitted, each acknowledged after its commit",
            run: submit),
        Benchmark(name: "store", about: "opening, whole lives, output, readers", run: store),
    ]

    @Sendable private static func submit(_ house: BenchHouse) throws -> [Measurement] {
        let folder = try TemporaryFolder("kernel-bench")
        let store = try SQLiteStore(folder: folder.path)
        defer { store.close() }
        let load = try StoreLoad(threads: 50, seconds: 3) { client in
            _ = try Answer.wait { store.tasks.submit([task(by: client)], $0) }
        }
        let what = "50 threads, each submits the next task when the last one is acknowledged"
        var rate = Measurement("submit", what, "/s", load.perSecond, promise: 20_000)
        rate.wantsMore = true
        return [
            rate.beside(house.peers.pythonCommitsPerSecond()),
            Measurement(
                "submit-wait", "\(what): from the call to the answer", "ms", load.milliseconds),
        ]
    }

    private static func task(by client: Int) -> NewTask {
        NewTask(
            "bench.work", .json(#"{"path":"/home/ann/notes.txt","lines":20}"#),
            submitter: "client-\(client)")
    }

    @Sendable private static func store(_ house: BenchHouse) throws -> [Measurement] {
        [try memory(), try lives(), try output(), try logWithReaders()] + (try opening())
    }

    /// First of all, as long as nothing else has touched the library.
    private static func memory() throws -> Measurement {
        let folder = try TemporaryFolder("kernel-bench")
        let before = try ProcessMemory.own().proportionalKibibytes
        let store = try SQLiteStore(folder: folder.path)
        defer { store.close() }
        _ = try Answer.wait { store.tasks.submit([task(by: 0)], $0) }
        _ = try Answer.wait { store.tasks.list(TaskFilter(), $0) }
        let after = try ProcessMemory.own().proportionalKibibytes
        return Measurement(
            "store-memory", "PSS that opening, one submission and one list add to a process", "MiB",
            Double(after - before) / 1_024)
    }

    private static func lives() throws -> Measurement {
        let folder = try TemporaryFolder("kernel-bench")
        let store = try SQLiteStore(folder: folder.path)
        defer { store.close() }
        let load = try StoreLoad(threads: 50, seconds: 3) { try live(store, task(by: $0)) }
        var measurement = Measurement(
            "store-life", "50 threads: submit, begin and end of an attempt",
            "/s", load.perSecond)
        measurement.wantsMore = true
        return measurement
    }

    private static func live(_ store: SQLiteStore, _ task: NewTask) throws {
        let tasks = store.tasks
        _ = try Answer.wait { tasks.submit([task], $0) }
        var begin = TaskTransition(task.id, from: [.queued], to: .running, at: .now)
        begin.begins = AttemptStart(owner: "bench", mode: .thread)
        _ = try Answer.wait { tasks.transition([begin], .durable, $0) }
        var end = TaskTransition(task.id, from: [.running], to: .done, at: .now)
        end.ends = AttemptEnd(.succeeded)
        end.outcome = CallOutcome(
            status: .ok, kind: .text, value: Array(repeating: 65, count: 100), message: "")
        _ = try Answer.wait { tasks.transition([end], .durable, $0) }
    }

    /// Text that runs ahead of the disk: it waits for no flush.
    private static func output() throws -> Measurement {
        let folder = try TemporaryFolder("kernel-bench")
        let store = try SQLiteStore(folder: folder.path)
        defer { store.close() }
        let tasks = (0..<8).map { task(by: $0) }
        _ = try Answer.wait { store.tasks.submit(tasks, $0) }
        let piece = Payload.text(String(repeating: "word ", count: 20))
        let load = try StoreLoad(threads: 8, seconds: 2) { client in
            try Answer.wait { store.tasks.appendOutput([piece], to: tasks[client].id, $0) }
        }
        return Measurement(
            "store-output", "8 threads append 100 bytes of output, safe from kill -9", "ms",
            load.milliseconds)
    }

    /// Readers that overlap all the time would keep a log growing for ever.
    private static func logWithReaders() throws -> Measurement {
        let folder = try TemporaryFolder("kernel-bench")
        let store = try SQLiteStore(folder: folder.path)
        defer { store.close() }
        var filter = TaskFilter(states: [.queued])
        filter.limit = 2_000
        let reading = filter
        let log = folder.file(SQLiteStore.fileName + "-wal")
        let largest = Condition<Int64>(0)
        _ = try StoreLoad(threads: 12, seconds: 3) { client in
            guard client < 4 else {
                _ = try Answer.wait { store.tasks.submit([task(by: client)], $0) }
                return
            }
            _ = try Answer.wait { store.tasks.list(reading, $0) }
            let bytes = try Files.status(log).bytes
            largest.withLock { $0 = max($0, bytes) }
        }
        let bytes = largest.withLock { $0 }
        return Measurement(
            "store-log", "the largest log, while 4 threads read lists and 8 submit", "MiB",
            Double(bytes) / 1_048_576)
    }

    private static func opening() throws -> [Measurement] {
        let folder = try TemporaryFolder("kernel-bench")
        let store = try SQLiteStore(folder: folder.path)
        // Short of being copied for the first time.
        let log = folder.file(SQLiteStore.fileName + "-wal")
        while try Files.status(log).bytes < 900 * 4_120 {
            let tasks = (0..<10).map { task(by: $0) }
            _ = try Answer.wait { store.tasks.submit(tasks, $0) }
        }
        let crashed = try TemporaryFolder("kernel-bench")
        let whole = [SQLiteStore.fileName, SQLiteStore.fileName + "-wal"]
        let bytes = try whole.map { try Files.read(folder.file($0), bytesMax: 1 << 28) }
        store.close()
        let clean = try (0..<50).map { _ in try openingMilliseconds(folder.path) }
        let recovered = try (0..<20).map { _ in
            for (name, bytes) in zip(whole, bytes) {
                try Files.replace(crashed.file(name), with: bytes)
            }
            return try openingMilliseconds(crashed.path)
        }
        return [
            Measurement(
                "store-open", "a store that was closed in order, to the first possible call", "ms",
                Spread(clean), promise: 2),
            Measurement(
                "store-recover", "the same after kill -9, with a log of 900 pages", "ms",
                Spread(recovered)),
        ]
    }

    private static func openingMilliseconds(_ folder: String) throws -> Double {
        let begin = SystemClock.monotonicNanoseconds
        let store = try SQLiteStore(folder: folder)
        let end = SystemClock.monotonicNanoseconds
        store.close()
        return Double(end - begin) / 1e6
    }
}
