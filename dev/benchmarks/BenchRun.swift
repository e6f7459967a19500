import KernelSystem
import KernelWorkers
import ModuleJSON

/// What was asked for on the command line.
struct BenchRequest: Sendable {
    var isJSON = false
    var isList = false
    /// Also what takes many minutes.
    var isSoak = false
    /// Beginnings of names; empty means all.
    var names: [String] = []
    var problem: String?

    init(_ arguments: [String]) {
        for argument in arguments {
            switch argument {
            case "--json": isJSON = true
            case "--list": isList = true
            case "--soak": isSoak = true
            case let option where option.hasPrefix("-"):
                problem = "unknown option \(option); there are --json, --list, --soak and names"
            default: names.append(argument)
            }
        }
        for name in names where !Benchmark.all.contains(where: { $0.name.hasPrefix(name) }) {
            problem = "no benchmark begins with \"\(name)\"; see --list"
        }
    }

    func wants(_ benchmark: Benchmark) -> Bool {
        if benchmark.isOnRequest { return isSoak || names.contains(benchmark.name) }
        return names.isEmpty || names.contains { benchmark.name.hasPrefix($0) }
    }
}

/// One thing that is measured; it may give several numbers.
struct Benchmark: Sendable {
    let name: String
    let about: String
    /// Takes so long that it is measured only if somebody says so.
    var isOnRequest = false
    let run: @Sendable (BenchHouse) throws -> [Measurement]

    static let all: [Benchmark] =
        StartBenchmarks.all + CallBenchmarks.all + WorkerBenchmarks.all + ReloadBenchmarks.all
        + KeptBenchmarks.all + TaskBenchmarks.all + StoreBenchmarks.all + HistoryBenchmarks.all
        + ScreenBenchmarks.all
        + RestartBenchmarks.all + ModelBenchmarks.all + MisbehaviourBenchmarks.all
        + SoakBenchmarks.all
}

/// Lines about the work, for whoever waits.
enum Progress {
    static func say(_ text: String) {
        StandardStreams.complain("    \(text)")
    }
}

/// One run of the harness.
struct BenchRun: Sendable {
    let request: BenchRequest
    let mainLoop: MainLoop

    init(_ request: BenchRequest, _ mainLoop: MainLoop) {
        self.request = request
        self.mainLoop = mainLoop
    }

    /// Returns the exit status: not 0 only if something could not be run.
    func run() -> Int32 {
        if let problem = request.problem {
            StandardStreams.complain("kernel-bench: \(problem)")
            return 64
        }
        if request.isList {
            for benchmark in Benchmark.all {
                StandardStreams.say("\(Report.padded(benchmark.name, 12))  \(benchmark.about)\n")
            }
            return 0
        }
        do {
            return try measure()
        } catch {
            StandardStreams.complain("kernel-bench: \(error)")
            return 70
        }
    }

    private func measure() throws -> Int32 {
        let peers = Peers()
        let house = BenchHouse(
            mainLoop: mainLoop, output: try OutputCollector(), builds: ModuleBuilds(), peers: peers)
        var report = Report()
        for benchmark in Benchmark.all where request.wants(benchmark) {
            let begin = SystemClock.monotonicNanoseconds
            do {
                report.add(try benchmark.run(house))
            } catch {
                report.fail(benchmark.name, "\(error)")
            }
            let seconds = Double(SystemClock.monotonicNanoseconds - begin) / 1e9
            StandardStreams.complain("==> \(benchmark.name) (\(Figures.text(seconds)) s)")
        }
        report.add(skipped: peers.skipped)
        StandardStreams.say(request.isJSON ? report.json.pretty() + "\n" : report.table)
        return report.failures.isEmpty ? 0 : 1
    }
}
