import KernelSystem

/// What a process uses at one moment.
package struct ResourceUse: Sendable, Hashable {
    package var memoryBytes: UInt64
    package var threads: UInt64
    /// Since it began.
    package var processorTicks: UInt64
    /// When it began: the number of a process may be given to another one.
    package var startTicks: UInt64
    /// Its first thread has ended, so that nothing is shown of what the others use.
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
        guard let stat = ProcessStat(line: line) else { return nil }
        self.init(
            memoryBytes: stat.residentPages * pageBytes, threads: stat.threads,
            processorTicks: stat.processorTicks, startTicks: stat.startTicks)
        isHeadless = stat.isHeadless
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
