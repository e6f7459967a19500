import KernelSystem
import ModuleJSON

/// Where the reports of crashes are kept: each as JSON and as text, the last twenty of them.
package struct CrashFolder: Sendable {
    package let path: String

    package static let reportsMax = 20
    private static let reportBytesMax = 1 << 20

    package init(stateFolder: String) {
        path = Path.join(stateFolder, "crashes")
    }

    /// Returns the name of the report.
    package func write(_ report: CrashReport) throws -> String {
        try Files.makeDirectories(path)
        let name = name(free: report.time.replacing(":", with: "-"))
        try write(report, as: name)
        try tellNext(name)
        clean()
        return name
    }

    /// Replaces a report by one that knows more.
    package func write(_ report: CrashReport, as name: String) throws {
        let json = try JSON.encode(report).pretty()
        try Files.replace(Path.join(path, "\(name).json"), with: Array(json.utf8))
        try Files.replace(text(name), with: Array(report.text.utf8))
    }

    /// Two kernels may die within one millisecond.
    private func name(free time: String) -> String {
        var name = time
        var number = 1
        while Files.exists(Path.join(path, "\(name).json")) {
            number += 1
            name = "\(time)-\(number)"
        }
        return name
    }

    private func clean() {
        for name in reports.dropLast(Self.reportsMax) {
            for ending in ["json", "txt"] {
                Files.removeIfPresent(Path.join(path, "\(name).\(ending)"))
            }
        }
    }

    /// Names without their endings, oldest first.
    package var reports: [String] {
        ((try? Files.names(in: path)) ?? []).filter { $0.hasSuffix(".json") }
            .map { String($0.dropLast(".json".count)) }
    }

    package func report(_ name: String) -> CrashReport? {
        let file = Path.join(path, "\(name).json")
        guard let bytes = try? Files.read(file, bytesMax: Self.reportBytesMax) else { return nil }
        return try? JSON(parsing: bytes).decode(CrashReport.self)
    }

    package func text(_ name: String) -> String { Path.join(path, "\(name).txt") }

    // MARK: What nobody has been told of

    private var untoldFile: String { Path.join(path, "untold") }
    private static let untoldBytesMax = 64 << 10

    private func tellNext(_ name: String) throws {
        let names = untold.suffix(Self.reportsMax - 1) + [name]
        try Files.replace(untoldFile, with: Array((names.joined(separator: "\n") + "\n").utf8))
    }

    /// The reports that no client has been shown, oldest first.
    package var untold: [String] {
        guard let bytes = try? Files.read(untoldFile, bytesMax: Self.untoldBytesMax) else {
            return []
        }
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
    }

    /// A client has been shown them.
    package func markTold() {
        Files.removeIfPresent(untoldFile)
    }
}
