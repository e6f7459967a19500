/// A line of `/proc/<process>/stat`, of a process that has not ended.
package struct ProcessStat: Sendable, Hashable {
    package let session: Int32
    package let threads: UInt64
    package let residentPages: UInt64
    /// In user mode and in the kernel, since it began.
    package let processorTicks: UInt64
    /// When it began: the number of a process may be given to another one.
    package let startTicks: UInt64
    /// The thread that the process began with has ended while others go on: what they use is not
    /// shown any more.
    package let isHeadless: Bool

    private static let bytesMax = 4_096

    /// Of the system since it was booted: a process is known by its number, by when it began, and
    /// by this.
    package static var boot: String? {
        let bytes = try? Files.read("/proc/sys/kernel/random/boot_id", bytesMax: bytesMax)
        return bytes.map { String(decoding: $0.filter { $0 > 0x20 }, as: UTF8.self) }
    }

    package init?(of process: Int32) {
        guard let line = try? Files.read("/proc/\(process)/stat", bytesMax: Self.bytesMax) else {
            return nil
        }
        self.init(line: line)
    }

    package init?(line: [UInt8]) {
        // The name stands in parentheses and may hold any character.
        guard let nameEnd = line.lastIndex(of: UInt8(ascii: ")")) else { return nil }
        let fields = line[(nameEnd + 1)...].split(separator: UInt8(ascii: " "))
        guard fields.count > 21 else { return nil }
        func number(_ index: Int) -> UInt64 {
            UInt64(String(decoding: fields[index], as: UTF8.self)) ?? 0
        }
        isHeadless = fields[0] == [UInt8(ascii: "Z")]
        guard !isHeadless || number(17) > 1 else { return nil }
        session = Int32(truncatingIfNeeded: number(3))
        threads = number(17)
        residentPages = number(21)
        processorTicks = number(11) + number(12)
        startTicks = number(19)
    }
}
