/// Cuts a stream of bytes into lines, wherever the pieces fall. A line ends with LF, CR or CR LF,
/// as server-sent events have it; NDJSON uses the first and the last.
package struct LineCutter: Sendable {
    private var rest: [UInt8] = []
    /// A CR ended the last line: an LF that follows belongs to it, also in the next piece.
    private var swallowsLineFeed = false
    private let lineBytesMax: Int

    /// A line that is longer than the limit: the stream makes no sense any more.
    package struct Overlong: Error, Sendable, Hashable {
        package let bytesMax: Int

        package init(bytesMax: Int) {
            self.bytesMax = bytesMax
        }
    }

    package init(lineBytesMax: Int) {
        self.lineBytesMax = lineBytesMax
    }

    /// Hands over each line that the piece completes, without its end.
    package mutating func add(
        _ piece: [UInt8], _ line: (ArraySlice<UInt8>) -> Void
    ) throws(Overlong) {
        var start = piece.startIndex
        if swallowsLineFeed, let first = piece.first {
            if first == Self.lineFeed { start += 1 }
            swallowsLineFeed = false
        }
        var index = start
        while index < piece.endIndex {
            let byte = piece[index]
            guard byte == Self.lineFeed || byte == Self.carriageReturn else {
                index += 1
                continue
            }
            try finish(piece[start..<index], line)
            index += 1
            if byte == Self.carriageReturn {
                if index == piece.endIndex {
                    swallowsLineFeed = true
                } else if piece[index] == Self.lineFeed {
                    index += 1
                }
            }
            start = index
        }
        rest.append(contentsOf: piece[start...])
        guard rest.count <= lineBytesMax else { throw Overlong(bytesMax: lineBytesMax) }
    }

    /// What no end came after.
    package mutating func takeRest() -> [UInt8] {
        defer { rest = [] }
        return rest
    }

    private mutating func finish(
        _ end: ArraySlice<UInt8>, _ line: (ArraySlice<UInt8>) -> Void
    ) throws(Overlong) {
        guard rest.count + end.count <= lineBytesMax else {
            throw Overlong(bytesMax: lineBytesMax)
        }
        guard !rest.isEmpty else { return line(end) }
        rest.append(contentsOf: end)
        line(rest[...])
        rest.removeAll(keepingCapacity: true)
    }

    private static let lineFeed = UInt8(ascii: "\n")
    private static let carriageReturn = UInt8(ascii: "\r")
}
