import KernelSystem
import KernelTesting

/// What a misbehaving module costs those who call another one: a cheap call before, during and
/// after, at the socket of the real program.
enum MisbehaviourBenchmarks {
    static let all = [
        Benchmark(
            name: "misbehaviour", about: "a cheap call while another module misbehaves", run: run)
    ]

    private static let kinds = [
        "crash", "exit", "hang", "spin", "memory", "output", "descriptors", "threads",
    ]
    private static let calls = 1_000
    private static let duringNanoseconds: UInt64 = 1_000_000_000

    /// Where the misbehaving task runs.
    private enum Place: String, CaseIterable {
        /// In the kernel.
        case main, thread
        /// In a process for the call.
        case process
        /// In the process that its module lives in.
        case module

        var task: String { "mischief.\(self == .module ? "thread" : rawValue)" }
        var isolation: String { self == .module ? "process" : "kernel" }
    }

    @Sendable private static func run(_ house: BenchHouse) throws -> [Measurement] {
        let folder = try TemporaryFolder("kernel-bench")
        let library = folder.file("mischief.so")
        try Fixture.build("mischief", to: library)
        let mischief = try Files.read(library, bytesMax: 1 << 24)
        let bystander = try house.builds.inC()
        var measurements: [Measurement] = []
        for kind in kinds {
            for place in Place.allCases {
                let program = try KernelProgram(withBundledModules: true)
                try program.install(bystander, as: "bench.so")
                try program.install(mischief, as: "mischief.so")
                try program.configure(
                    """
                    [modules.bench-0000]
                    isolation = "kernel"
                    [modules.mischief]
                    isolation = "\(place.isolation)"
                    memory_mb = 64
                    """)
                measurements.append(
                    try program.serving(endsWell: false) { _, socket in
                        try measure(kind, place, socket)
                    })
            }
        }
        return measurements
    }

    private static func measure(
        _ kind: String, _ place: Place, _ socket: String
    ) throws -> Measurement {
        let caller = Caller(try WireClient.waiting(for: socket), socket)
        for _ in 0..<100 { try caller.call() }
        _ = try WireClient(socket).call(place.task, "well")
        let before = Tail(try (0..<calls).map { _ in try caller.timed() })
        let end = Condition<WireClient.Outcome?>(nil)
        let started = SystemClock.monotonicNanoseconds
        try start(kind, place, socket, end)
        var samples: [Double] = []
        while end.withLock({ $0 }) == nil
            || SystemClock.monotonicNanoseconds - started < duringNanoseconds
        {
            samples.append(try caller.timed())
        }
        let during = Tail(samples)
        let after = Tail(try (0..<calls).map { _ in try caller.timed() })
        let outcome = end.withLock { $0 }
        let lost = caller.lost == 0 ? "" : "; \(caller.lost) of the others' calls lost"
        var measurement = Measurement(
            "misbehaviour-\(kind)-\(place.rawValue)",
            "median (p99, slowest) of another module's call: before \(before), during \(during), "
                + "after \(after)\(lost). The call: \(outcome?.status ?? "") "
                + "\(firstLine(outcome?.message ?? ""))", "ms", during.median)
        measurement.samples = during.count
        measurement.median = during.median
        return measurement.beside(Measurement.Peer(name: "before", value: before.median))
    }

    /// What goes on until somebody ends it is given a second, and a limit the time to be reached.
    private static func timeoutSeconds(_ kind: String, _ place: Place) -> Double {
        let isEndless = ["hang", "spin"].contains(kind)
        let isInKernel = [.main, .thread].contains(place)
        return isEndless || isInKernel && kind == "descriptors" ? 1 : 20
    }

    private static func firstLine(_ text: String) -> String {
        String(text.prefix { $0 != "\n" }.prefix(160))
    }

    private static func start(
        _ kind: String, _ place: Place, _ socket: String,
        _ end: Condition<WireClient.Outcome?>
    ) throws {
        try SystemThread.start(name: "mischief") {
            let outcome = Result {
                let client = try WireClient(socket)
                return try client.call(
                    place.task, kind, timeoutSeconds: timeoutSeconds(kind, place))
            }
            end.withLock { end in
                switch outcome {
                case .success(let outcome): end = outcome
                case .failure(let error):
                    end = WireClient.Outcome(status: "lost", message: "\(error)")
                }
            }
        }
    }

    /// Calls the other module, and connects again if the kernel is another one.
    private final class Caller {
        private var client: WireClient
        private let socket: String
        private(set) var lost = 0

        init(_ client: WireClient, _ socket: String) {
            self.client = client
            self.socket = socket
        }

        func call() throws {
            let outcome = try client.call("bench-0000.echo", "hello")
            guard outcome.succeeded else {
                throw BenchFailure("another module's call failed: \(outcome.message)")
            }
        }

        /// Until a call has succeeded, in milliseconds.
        func timed() throws -> Double {
            try Stopwatch.once(in: .milliseconds) {
                do {
                    try call()
                } catch  where !isConnected {
                    lost += 1
                    client = try WireClient.waiting(for: socket)
                    try call()
                }
            }
        }

        /// Does the kernel still answer on this connection?
        private var isConnected: Bool {
            (try? client.call("bench-0000.echo", "")) != nil
        }
    }

    /// The middle and the end of many samples, as a text.
    private struct Tail: CustomStringConvertible {
        let count: Int
        let median: Double
        let p99: Double
        let slowest: Double

        init(_ samples: [Double]) {
            let sorted = samples.sorted()
            count = sorted.count
            median = sorted[count / 2]
            p99 = sorted[min(count - 1, count * 99 / 100)]
            slowest = sorted[count - 1]
        }

        var description: String {
            "\(Figures.text(median)) (\(Figures.text(p99)), \(Figures.text(slowest)))"
        }
    }
}
