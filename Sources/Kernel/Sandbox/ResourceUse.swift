import KernelSystem

/// What a process uses at one moment.
package struct ResourceUse: Sendable, Hashable {
    package var memoryBytes: UInt64
    package var threads: UInt64
    /// Since it began.
    package var processorTicks: UInt64
    /// When it began: the number of a process may be given to another one.
    package var startTicks: UInt64
    /// The thread that the process began with has ended while others go on: what they use is not
    /// shown any more.
    package var isHeadless = false

    package init(
        memoryBytes: UInt64, threads: UInt64, processorTicks: UInt64 = 0, startTicks: UInt64 = 0
    ) {
        self.memoryBytes = memoryBytes
        self.threads = threads
        self.processorTicks = processorTicks
        self.startTicks = startTicks
    }

    /// Reads a line of `/proc/<process>/stat`; nil if it is of a process that has ended.
    package init?(statusLine line: [UInt8], pageBytes: UInt64) {
<<<<<<< HEAD
        // The name stands in parentheses and may hold any character.
        guard let nameEnd = line.lastIndex(of: UInt8(ascii: ")")) else { return nil }
        let fields = line[(nameEnd + 1)...].split(separator: UInt8(ascii: " "))
        guard fields.count > 21 else { return nil }
        func number(_ index: Int) -> UInt64 {
            UInt64(String(decoding: fields[index], as: UTF8.self)) ?? 0
        }
        let hasEnded = fields[0] == [UInt8(ascii: "Z")]
        guard !hasEnded || number(17) > 1 else { return nil }
        self.init(
            memoryBytes: number(21) * pageBytes, threads: number(17),
            processorTicks: number(11) + number(12), startTicks: number(19))
        isHeadless = hasEnded
=======
        guard let stat = ProcessStat(line: line) else { return nil }
        self.init(
            memoryBytes: stat.residentPages * pageBytes, threads: stat.threads,
            processorTicks: stat.processorTicks, startTicks: stat.startTicks)
>>>>>>> main
    }

    /// Why the process is ended; nil if it keeps within the limits.
    package func excess(_ limits: ResourceLimits, module: String) -> String? {
        if memoryBytes > limits.memoryBytes {
            return "it used more than \(limits.memoryBytes >> 20) MiB of memory "
                + "(\(memoryBytes >> 20) MiB) and was ended; memory_mb in [modules.\(module)] "
                + "sets the limit"
        }
        if threads > limits.threads {
            return "it had more than \(limits.threads) threads (\(threads)) and was ended"
        }
        return nil
    }
}
