/// What a module may still write: a value without I/O. What was written is forgotten evenly, a
/// whole budget in an hour, so that one that runs for months and keeps a diary is not ended for it.
package struct DiskBudget: Sendable, Hashable {
    private var usedBytes: Double = 0
    private var lastNanoseconds: UInt64 = 0

    private static let hourNanoseconds = 3_600e9

    package init() {}

    /// Counts what was written since the last time. Returns whether that was too much.
    package mutating func spend(
        _ bytes: UInt64, of budget: UInt64, nowNanoseconds now: UInt64
    ) -> Bool {
        let passed = Double(now - min(lastNanoseconds, now))
        lastNanoseconds = now
        usedBytes = max(0, usedBytes - passed / Self.hourNanoseconds * Double(budget))
        usedBytes += Double(bytes)
        return usedBytes > Double(budget)
    }
}

/// What a process has written, from `/proc/<process>/io`.
package struct WrittenBytes: Sendable, Hashable {
    package let bytes: UInt64

    /// Handed to `write`, or dirtied in the cache of a disk, whichever is more: the first misses
    /// mapped files, the second file systems in memory.
    package init?(counters text: [UInt8]) {
        var handed: UInt64?
        var dirtied: UInt64?
        for line in text.split(separator: UInt8(ascii: "\n")) {
            let words = String(decoding: line, as: UTF8.self).split(separator: " ")
            guard words.count == 2, let number = UInt64(words[1]) else { continue }
            if words[0] == "wchar:" { handed = number }
            if words[0] == "write_bytes:" { dirtied = number }
        }
        guard let handed, let dirtied else { return nil }
        bytes = max(handed, dirtied)
    }
}
