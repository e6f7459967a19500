/// What a process takes of the machine, as the system tells it now.
package struct ProcessUsage: Sendable, Hashable {
    package let residentBytes: Int
    package let threads: Int
    package let descriptors: Int

    /// Nil if there is no such process, or it is none of ours to look into.
    package init?(of process: Int32 = ProcessFacts.id) {
        guard
            let status = try? Files.read("/proc/\(process)/status", bytesMax: Self.statusBytesMax),
            let descriptors = try? Files.names(in: "/proc/\(process)/fd")
        else { return nil }
        var resident: Int?
        var threads: Int?
        for line in String(decoding: status, as: UTF8.self).split(separator: "\n") {
            let words = line.split { $0 == ":" || $0 == "\t" || $0 == " " }
            guard words.count > 1 else { continue }
            switch words[0] {
            case "VmRSS": resident = Int(words[1])
            case "Threads": threads = Int(words[1])
            default: break
            }
        }
        guard let resident, let threads else { return nil }
        residentBytes = resident << 10
        self.threads = threads
        self.descriptors = descriptors.count
    }

    private static let statusBytesMax = 64 << 10
}
