import KernelSystem
import KernelTesting
import ModuleJSON

/// Ten minutes of `dev/soak`: what they cost as time goes by, as slopes.
enum SoakBenchmarks {
    static let all = [
        Benchmark(
            name: "soak", about: "ten minutes under load, as slopes; only with --soak",
            isOnRequest: true, run: soak)
    ]

    private static let minutes = "10"

    @Sendable private static func soak(_ house: BenchHouse) throws -> [Measurement] {
        let script = Path.join(Fixture.repository, "dev/soaking/soak.py")
        let programs = Path.directory(of: try Program.built("kernel"))
        let ended = try Program.run(
            try Program.inPath("python3"),
            [script, Fixture.repository, programs, minutes, "--json"])
        let lines = ended.output.split(separator: "\n")
        guard let last = lines.last, let report = try? JSON(parsing: String(last)) else {
            throw BenchFailure("dev/soak reported nothing: \(ended.output)")
        }
        let problems = report["problems"]?.array?.compactMap(\.string) ?? []
        guard ended.status == .exited(code: 0), problems.isEmpty else {
            throw BenchFailure("dev/soak found: \(problems.joined(separator: "; "))")
        }
        return rates(report) + slopes(report)
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
        for process in ["kernel", "zygote", "parent"] {
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
