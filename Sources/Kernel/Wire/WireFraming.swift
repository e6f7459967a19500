/// Cuts a stream of bytes into lines, however the reads fall: a value without I/O.
package struct WireFraming: Sendable {
    private var pending: [UInt8] = []
    /// A line went beyond the limit; what follows is not looked at.
    package private(set) var hasFailed = false
    /// A longer line ends the conversation: whoever sends it does not speak this protocol.
    package var lineBytesMax: Int

    /// Of what a client may ask.
    package static let requestBytesMax = 16 << 20
    /// Of what the kernel may answer: a result may be 256 MiB, and is in base64 if it is bytes.
    package static let replyBytesMax = 512 << 20

    package init(lineBytesMax: Int = WireFraming.requestBytesMax) {
        self.lineBytesMax = lineBytesMax
    }

    /// Of the line that has not ended yet.
    package var pendingBytes: Int { pending.count }

    /// The lines that these bytes complete, without their ends. Empty ones are left out.
    package mutating func add(_ bytes: ArraySlice<UInt8>) -> [[UInt8]] {
        var lines: [[UInt8]] = []
        var rest = bytes
        while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
            append(rest[..<end])
            guard !hasFailed else { return lines }
            rest = rest[(end + 1)...]
            if pending.last == UInt8(ascii: "\r") { pending.removeLast() }
            if !pending.isEmpty { lines.append(pending) }
            pending = []
        }
        append(rest)
        return lines
    }

    package mutating func add(_ bytes: [UInt8]) -> [[UInt8]] {
        add(bytes[...])
    }

    private mutating func append(_ bytes: ArraySlice<UInt8>) {
        hasFailed = hasFailed || pending.count + bytes.count > lineBytesMax
        if hasFailed { pending = [] } else { pending += bytes }
    }
}
