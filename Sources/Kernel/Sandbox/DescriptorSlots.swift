/// How much room a process has needed for its descriptors. Which ones it has open only root may see
/// of a process that hides its memory; the room anybody may.
package struct DescriptorSlots: Sendable, Hashable {
    package let count: UInt64

    /// Reads `/proc/<process>/status`.
    package init?(status: [UInt8]) {
        let lines = String(decoding: status, as: UTF8.self).split(separator: "\n")
        guard let line = lines.first(where: { $0.hasPrefix("FDSize:") }),
            let count = UInt64(line.filter(\.isNumber))
        else { return nil }
        self.count = count
    }

    /// Why the process is ended; nil if it keeps within the limits. The room grows by doubling when
    /// it is full, from 64, and never shrinks.
    package func excess(_ limits: ResourceLimits) -> String? {
        var allowed: UInt64 = 64
        while allowed < limits.descriptors { allowed *= 2 }
        guard count > allowed else { return nil }
        return "it had more than \(allowed) files and sockets open"
    }
}
