import KernelSystem
import ModuleJSON

/// Builds that crashed the kernel, or hung in it again and again, and are kept out of its process
/// from then on.
package struct ContainmentRecords: Codable, Sendable, Hashable {
    package struct Entry: Codable, Sendable, Hashable {
        package var module: String
        /// SHA-256 of the file: another build is another module.
        package var build: String
        package var time: String
        /// "crashed the kernel in fixture.answer: SIGSEGV (a crash)"
        package var reason: String
        /// Of a crash.
        package var report: String?

        package init(
            module: String, build: String, time: String, reason: String, report: String?
        ) {
            self.module = module
            self.build = build
            self.time = time
            self.reason = reason
            self.report = report
        }
    }

    package private(set) var entries: [Entry] = []

    /// Of more, the oldest are forgotten.
    private static let entriesMax = 1_000
    private static let bytesMax = 4 << 20

    package init() {}

    package static func file(in stateFolder: String) -> String {
        Path.join(stateFolder, "containment.json")
    }

    /// A file that is not there, or that is damaged, holds none.
    package init(readingFrom path: String) {
        guard let bytes = try? Files.read(path, bytesMax: Self.bytesMax),
            let records = try? JSON(parsing: bytes).decode(ContainmentRecords.self)
        else { return }
        self = records
    }

    package func write(to path: String) throws {
        try Files.replace(
            path, with: Array(try JSON.encode(self).pretty().utf8), durable: true)
    }

    package mutating func remove(build: String) {
        entries.removeAll { $0.build == build }
    }

    package mutating func add(_ entry: Entry) {
        entries.removeAll { $0.module == entry.module && $0.build == entry.build }
        entries = entries.suffix(Self.entriesMax - 1) + [entry]
    }
}
