import KernelSystem
import KernelTesting
import ModuleJSON

/// `dev/soak`: what ten minutes of it cost as time goes by, as slopes, and how soon a kernel is
/// back that is killed meanwhile.
enum SoakBenchmarks {
    static let all = [
        Benchmark(
            name: "soak", about: "ten minutes under load, as slopes; by name, or with --soak",
            isOnRequest: true, run: soak),
        Benchmark(
            name: "kills",
            about: "200 kill -9 of the kernel under load, to a reply; by name, or with --soak",
            isOnRequest: true, run: kills),
    ]

    private static let minutes = "10"
    private static let killsMin = "200"
    private static let killMinutes = "6"

    @Sendable private static func soak(_ house: BenchHouse) throws -> [Measurement] {
        let report = try report([minutes])
        return rates(report) + slopes(report)
    }

    /// That nothing was lost or ran without a record is found out on the way.
    @Sendable private static func kills(_ house: BenchHouse) throws -> [Measurement] {
        let report = try report([killMinutes, "--kills", "--kills-min", killsMin])
        let counts = [("kernel", "kills of the kernel"), ("workers", "kills of workers")].map {
            Measurement(
                "kills-\($0)", "\($1) at random instants", "", number(report["counts"]?[$1]))
        }
        let about = "SIGKILL of the kernel under load to the next `initialize` that is answered"
        let times = ["median", "p95", "slowest"].map { name in
            Measurement(
                "kills-\(name)", "\(about), \(name)", "ms", number(report["comeback"]?[name]),
                promise: name == "slowest" ? nil : 50)
        }
        return counts + times
    }

    private static func report(_ options: [String]) throws -> JSON {
        let script = Path.join(Fixture.repository, "dev/soaking/soak.py")
        let programs = Path.directory(of: try Program.built("kernel"))
        let ended = try Program.run(
            try Program.inPath("python3"),
            [script, Fixture.repository, programs] + options + ["--json"])
        let lines = ended.output.split(separator: "\n")
        guard let last = lines.last, let report = try? JSON(parsing: String(last)) else {
            throw BenchFailure("dev/soak reported nothing: \(ended.output)")
        }
        let problems = report["problems"]?.array?.compactMap(\.string) ?? []
        guard ended.status == .exited(code: 0), problems.isEmpty else {
            throw BenchFailure("dev/soak found: \(problems.joined(separator: "; "))")
        }
        return report
    }

    private static func rates(_ report: JSON) -> [Measurement] {
        ["calls", "tasks"].map { what in
            var measurement = Measurement(
                "soak-\(what)", "\(what) that ended while all else went on", "/s",
                number(report["rates"]?[what]))
            measurement.wantsMore = true
            return measurement
        }
    }

    private static func slopes(_ report: JSON) -> [Measurement] {
        var measurements: [Measurement] = []
        for process in ["kernel", "zygote", "parent", "workers"] {
            for (column, unit) in [
                ("RSS", "KiB/h"), ("own", "KiB/h"), ("descriptors", "/h"), ("threads", "/h"),
            ] {
                let row = report["slopes"]?[process]?[column]?.array ?? []
                guard row.count == 3 else { continue }
                measurements.append(
                    Measurement(
                        "soak-\(process)-\(column)",
                        "by least squares over the last two thirds, in which it went from "
                            + "\(Figures.text(number(row[0]))) to \(Figures.text(number(row[1])))",
                        unit, number(row[2])))
            }
        }
        return measurements
    }

    private static func number(_ value: JSON?) -> Double {
        value?.number ?? value?.integer.map(Double.init) ?? 0
    }
}
