/// Cuts a stream of bytes into lines, however the reads fall: a value without I/O.
package struct WireFraming: Sendable {
    private var pending: [UInt8] = []

    /// A longer line ends the conversation: whoever sends it does not speak this protocol.
    package static let lineBytesMax = 64 << 20

    package struct LineTooLong: Error {
        package init() {}
    }

    package init() {}

    /// The lines that these bytes complete, without their ends. Empty ones are left out.
    package mutating func add(_ bytes: some Sequence<UInt8>) throws(LineTooLong) -> [[UInt8]] {
        var lines: [[UInt8]] = []
        for byte in bytes {
            guard byte == UInt8(ascii: "\n") else {
                pending.append(byte)
                guard pending.count <= Self.lineBytesMax else { throw LineTooLong() }
                continue
            }
            if pending.last == UInt8(ascii: "\r") { pending.removeLast() }
            if !pending.isEmpty { lines.append(pending) }
            pending.removeAll(keepingCapacity: true)
        }
        return lines
    }
}
