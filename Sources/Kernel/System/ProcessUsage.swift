import Glibc

/// What another process of this user takes of the machine.
package enum ProcessUsage {
    /// The memory that it has to itself and shares, in bytes; nil if it is gone.
    package static func residentBytes(of process: Int32) -> Int? {
        // Pages: the program's whole size, then what is in memory.
        guard let text = try? Files.read("/proc/\(process)/statm", bytesMax: 4_096) else {
            return nil
        }
        let parts = String(decoding: text, as: UTF8.self).split(separator: " ")
        return parts.count > 1 ? Int(parts[1]).map { $0 * pageBytes } : nil
    }

    /// How many descriptors it has open; nil if it is gone, or not ours to look at.
    package static func openDescriptors(of process: Int32) -> Int? {
        (try? Files.names(in: "/proc/\(process)/fd"))?.count
    }

    private static let pageBytes = Int(getpagesize())
}
