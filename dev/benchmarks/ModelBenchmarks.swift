import KernelModels
import KernelSystem
import KernelTesting
import ModuleJSON

/// What stands between a model and whoever asked it. The server is a program in C that has its
/// answers ready, so that it is not what is measured.
enum ModelBenchmarks {
    static let all = [
        Benchmark(name: "token", about: "the first token of an answer", run: first),
        Benchmark(name: "relay", about: "tokens that are relayed", run: relay),
        Benchmark(name: "streams", about: "a thousand answers at once", run: streams),
        Benchmark(name: "ask", about: "kernel ask, from exec to exit", run: AskBenchmark.run),
    ]

    private static let questions = 2_000
    private static let warmUp = 200

    @Sendable private static func first(_ house: BenchHouse) throws -> [Measurement] {
        let bench = try ModelQuestions(house)
        defer { bench.stop() }
        var samples: [Double] = []
        for number in 0..<(warmUp + questions) {
            let begin = SystemClock.monotonicNanoseconds
            let counted = try bench.answer("once").counted
            if number >= warmUp {
                samples.append(Double(counted.firstNanoseconds - begin) / 1e6)
            }
        }
        let body = #"{"model":"once","messages":[{"role":"user","content":"Why is it?"}]}"#
        let curl = try bench.server.curlMicroseconds(warmUp + questions, body).dropFirst(warmUp)
            .map { $0 / 1e3 }
        let what =
            "from the question to its first token at the listener in the kernel, less what "
            + "libcurl needs to the first byte from the same server on a connection that is kept"
        func measured(_ name: String, _ which: String, _ share: Double) -> Measurement {
            let (ours, plain) = (percentile(samples, share), percentile(curl, share))
            var one = Measurement(name, "\(which) of \(what)", "ms", max(0, ours - plain))
            one.samples = samples.count
            return one.beside(Measurement.Peer(name: "libcurl alone", value: plain))
        }
        var median = measured("token-p50", "the median", 0.5)
        median.promise = 0.3
        return [median, measured("token-p99", "the 99th hundredth", 0.99)]
    }

    private static func percentile(_ samples: [Double], _ share: Double) -> Double {
        let sorted = samples.sorted()
        return sorted[min(sorted.count - 1, Int(Double(sorted.count) * share))]
    }

    /// The kernel gives an answer up of which more than 64 MiB wait to be read: this is less.
    private static let burst = 200_000
    private static let rounds = 8

    @Sendable private static func relay(_ house: BenchHouse) throws -> [Measurement] {
        let bench = try ModelQuestions(house)
        defer { bench.stop() }
        _ = try bench.answer("burst-\(burst / 4)")
        var perCore: [Double] = []
        var perSecond: [Double] = []
        for _ in 0..<rounds {
            let (ticks, begin) = (try processorTicks(), SystemClock.monotonicNanoseconds)
            let counted = try bench.answer("burst-\(burst)").counted
            let wall = Double(SystemClock.monotonicNanoseconds - begin) / 1e9
            let busy = Double(try processorTicks() - ticks) / ticksPerSecond
            guard counted.tokens == burst else {
                throw BenchFailure("\(counted.tokens) of \(burst) tokens came")
            }
            perSecond.append(Double(burst) / wall)
            // On one core it would take as long as its threads together, at the most.
            perCore.append(Double(burst) / max(busy, 1 / ticksPerSecond))
        }
        var core = Measurement(
            "relay-core",
            "tokens of one answer, from the server's socket through the module openai to the "
                + "listener in the kernel, for each second of processor time of the whole kernel",
            "/s", Spread(perCore), promise: 200_000)
        core.wantsMore = true
        var wall = Measurement(
            "relay-wall", "the same for each second that passes, on as many cores as there are",
            "/s", Spread(perSecond))
        wall.wantsMore = true
        return [core, wall, try relayToClient(bench.server.address)]
    }

    /// Fewer: a client reads each piece.
    private static let clientBurst = 50_000

    /// By the program itself, to a client at its socket.
    private static func relayToClient(_ address: String) throws -> Measurement {
        let program = try KernelProgram(withBundledModules: true)
        try program.configure(
            "[providers.bench]\npreset = \"compatible\"\nbase_url = \"\(address)/v1\"\n")
        return try program.serving { _, socket in
            let client = try WireClient.waiting(for: socket)
            _ = try client.answer("bench/burst-\(clientBurst / 4)")
            var perSecond: [Double] = []
            for _ in 0..<rounds {
                let begin = SystemClock.monotonicNanoseconds
                let answer = try client.answer("bench/burst-\(clientBurst)")
                let wall = Double(SystemClock.monotonicNanoseconds - begin) / 1e9
                guard answer["failure"] == nil, answer["finish"] != nil else {
                    throw BenchFailure("the answer broke: \(answer["failure"]?.text ?? "")")
                }
                perSecond.append(Double(clientBurst) / wall)
            }
            var measured = Measurement(
                "relay-socket",
                "tokens of one answer, from the server's socket to a client at the kernel's, for "
                    + "each second that passes", "/s", Spread(perSecond))
            measured.wantsMore = true
            return measured
        }
    }

    /// USER_HZ, which Linux fixes for /proc.
    private static let ticksPerSecond = 100.0

    private static func processorTicks() throws -> UInt64 {
        guard let stat = ProcessStat(of: ProcessFacts.id) else {
            throw BenchFailure("/proc says nothing of this process")
        }
        return stat.processorTicks
    }

    private static let crowd = 1_000
    private static let dripMilliseconds = 50
    private static let seconds = 5.0

    @Sendable private static func streams(_ house: BenchHouse) throws -> [Measurement] {
        DescriptorLimit.raise(to: 65_536)
        let bench = try ModelQuestions(house)
        defer { bench.stop() }
        _ = try bench.answer("once")
        let before = try ProcessMemory.own().anonymousKibibytes
        let counts = (0..<crowd).map { _ in TokenCount() }
        let begin = SystemClock.monotonicNanoseconds
        let asked = counts.map { bench.ask("drip-\(dripMilliseconds)", $0) }
        for count in counts { try count.waitForFirst() }
        let begun = Double(SystemClock.monotonicNanoseconds - begin) / 1e6
        let ticks = try processorTicks()
        let told = counts.reduce(0) { $0 + $1.counted.tokens }
        SystemThread.sleep(nanoseconds: UInt64(seconds * 1e9))
        let busy = Double(try processorTicks() - ticks) / ticksPerSecond
        let tokens = counts.reduce(0) { $0 + $1.counted.tokens } - told
        let held = try ProcessMemory.own().anonymousKibibytes - before
        let broken = counts.count { $0.counted.isOver }
        guard broken == 0 else { throw BenchFailure("\(broken) of \(crowd) answers broke") }
        for one in asked { one.cancel() }
        let rate = Int(Double(tokens) / seconds)
        let what =
            "\(crowd) answers at once, each with a token every \(dripMilliseconds) ms, at "
            + "listeners in the kernel (its clients have 8 each, and 64 all together)"
        return [
            Measurement(
                "streams-memory", "what each of \(what) takes", "KiB",
                Double(held) / Double(crowd)),
            Measurement(
                "streams-cpu", "what \(what) take of one core, at \(rate) tokens a second", "%",
                busy / seconds * 100),
            Measurement(
                "streams-begin", "until each of \(what) has its first token", "ms", begun),
        ]
    }
}
