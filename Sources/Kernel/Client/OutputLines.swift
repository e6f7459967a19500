/// Output that comes in pieces, made into whole lines: what stands above a line being typed cannot
/// be continued.
package struct OutputLines {
    private var rest = ""

    private static let restBytesMax = 64 << 10

    /// The lines that this piece completes, without the last newline; nil if there are none.
    package mutating func add(_ piece: String) -> String? {
        rest += piece
        guard let newline = rest.utf8.lastIndex(of: 0x0A) else {
            return rest.utf8.count > Self.restBytesMax ? finish() : nil
        }
        let lines = String(rest[..<newline])
        rest = String(rest[rest.utf8.index(after: newline)...])
        return lines
    }

    /// What no newline came after.
    package mutating func finish() -> String? {
        defer { rest = "" }
        return rest.isEmpty ? nil : rest
    }
}
