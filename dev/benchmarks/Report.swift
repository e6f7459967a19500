import KernelSystem
import ModuleJSON

/// All numbers of one run, as a table or as JSON.
struct Report {
    private var measurements: [Measurement] = []
    private(set) var failures: [(name: String, reason: String)] = []
    private var skipped: [String] = []
    private let machine = Machine()

    mutating func add(_ new: [Measurement]) {
        measurements += new
    }

    mutating func fail(_ name: String, _ reason: String) {
        failures.append((name, reason))
    }

    mutating func add(skipped: [String]) {
        self.skipped += skipped
    }

    /// One object: name → measurement; what could not be measured has an error instead.
    var json: JSON {
        var members: [(key: String, value: JSON)] = measurements.map { ($0.name, $0.json) }
        for failure in failures {
            members.append((failure.name, ["error": .string(failure.reason)]))
        }
        return .object(JSONObject(members))
    }

    var table: String {
        var lines = [
            "\(machine.cores) cores, load \(machine.loadBefore) before, \(Machine.load()) after. "
                + "Medians of several rounds, p95 where it is promised.", "",
        ]
        var rows = [["", "value", "promise", "", "beside", "ratio"]]
        for measurement in measurements { rows.append(Self.row(measurement)) }
        lines += Self.aligned(rows)
        lines.append("")
        for measurement in measurements {
            lines.append("\(measurement.name): \(measurement.what)")
        }
        lines += skipped.map { "skipped: \($0)" }
        lines += failures.map { "\($0.name) could not be run: \($0.reason)" }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func row(_ measurement: Measurement) -> [String] {
        let unit = measurement.unit.isEmpty ? "" : " " + measurement.unit
        var value = Figures.text(measurement.value) + unit
        if let p95 = measurement.p95, let median = measurement.median {
            value +=
                measurement.value == median
                ? " (p95 \(Figures.text(p95)))" : " (median \(Figures.text(median)))"
        }
        let bound = measurement.wantsMore ? "≥ " : "≤ "
        let promise = measurement.promise.map { bound + Figures.text($0) + unit } ?? ""
        let verdict = measurement.isMet.map { $0 ? "met" : "MISSED" } ?? ""
        let peer = measurement.peer.map { "\($0.name) \(Figures.text($0.value))\(unit)" } ?? ""
        let ratio = measurement.ratio.map { "\(Figures.text($0))×" } ?? ""
        return [measurement.name, value, promise, verdict, peer, ratio]
    }

    private static func aligned(_ rows: [[String]]) -> [String] {
        let columns = rows.first?.count ?? 0
        let widths = (0..<columns).map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            let line = row.enumerated().map { padded($1, widths[$0]) }.joined(separator: "  ")
            return String(line.reversed().drop { $0 == " " }.reversed())
        }
    }

    static func padded(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }
}

/// The machine that the numbers are from.
struct Machine {
    let cores: Int
    let loadBefore = Self.load()

    init() {
        let facts = (try? Files.read("/proc/cpuinfo", bytesMax: 1 << 20)) ?? []
        cores = String(decoding: facts, as: UTF8.self).split(separator: "\n")
            .count { $0.hasPrefix("processor") }
    }

    /// The average of the last minute.
    static func load() -> String {
        let bytes = (try? Files.read("/proc/loadavg", bytesMax: 4_096)) ?? []
        return String(decoding: bytes.prefix { $0 != UInt8(ascii: " ") }, as: UTF8.self)
    }
}
