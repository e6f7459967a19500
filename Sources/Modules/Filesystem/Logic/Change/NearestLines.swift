/// The lines of a file that look most like a text that it does not contain, to tell whoever looked
/// for it what to write instead.
struct NearestLines {
    let sentence: String

    private static let linesMax = 200_000
    private static let shownMax = 3

    init(_ text: String, in bytes: [UInt8]) {
        let newline = UInt8(ascii: "\n")
        let lines = bytes.split(separator: newline, omittingEmptySubsequences: false)
        let wanted = Array(text.utf8).split(separator: newline, omittingEmptySubsequences: false)
        if let start = Self.startIgnoringSpace(wanted, lines) {
            let reason =
                bytes.contains(0x0D) && !text.utf8.contains(0x0D)
                ? "line ends (the file has \\r\\n) or other white space" : "white space"
            sentence =
                "From line \(start + 1) on it is the same except for \(reason): "
                + Self.shown(lines[start..<min(start + Self.shownMax, lines.count)], from: start)
            return
        }
        let first = wanted.first { !Self.trimmed($0).isEmpty } ?? []
        let near = Self.nearest(Self.trimmed(first), lines)
        if near.isEmpty {
            sentence = "No line looks like it; read the file again."
        } else {
            let list = near.map { Self.shown(lines[$0...$0], from: $0) }.joined(separator: "; ")
            sentence = "The most similar: \(list)."
        }
    }

    private static func startIgnoringSpace(
        _ wanted: [ArraySlice<UInt8>], _ lines: [ArraySlice<UInt8>]
    ) -> Int? {
        let wanted = wanted.map(trimmed)
        guard wanted.contains(where: { !$0.isEmpty }), wanted.count <= lines.count else {
            return nil
        }
        let last = min(lines.count, linesMax) - wanted.count
        guard last >= 0 else { return nil }
        return (0...last).first { start in
            wanted.indices.allSatisfy { trimmed(lines[start + $0]) == wanted[$0] }
        }
    }

    /// The lines that share the most pairs of bytes with `wanted`, and at least half of them.
    private static func nearest(_ wanted: ArraySlice<UInt8>, _ lines: [ArraySlice<UInt8>]) -> [Int]
    {
        let target = pairs(wanted)
        guard !target.isEmpty else { return [] }
        var best: [(line: Int, score: Double)] = []
        for (index, line) in lines.prefix(linesMax).enumerated() {
            let own = pairs(trimmed(line).prefix(500))
            let shared = own.intersection(target).count
            let score = Double(2 * shared) / Double(own.count + target.count)
            if score >= 0.5 { best.append((index, score)) }
        }
        best.sort { ($1.score, $0.line) < ($0.score, $1.line) }
        return best.prefix(shownMax).map(\.line)
    }

    private static func pairs(_ line: ArraySlice<UInt8>) -> Set<UInt16> {
        Set(zip(line, line.dropFirst()).map { UInt16($0) << 8 | UInt16($1) })
    }

    private static func trimmed(_ line: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        let isSpace: (UInt8) -> Bool = { $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }
        let rest = line.drop(while: isSpace)
        return rest.prefix(rest.count - rest.reversed().prefix(while: isSpace).count)
    }

    private static func shown(_ lines: ArraySlice<ArraySlice<UInt8>>, from first: Int) -> String {
        lines.enumerated().map { index, line in
            "line \(first + index + 1) \"\(RawPath.printable(line.prefix(120)))\""
        }.joined(separator: ", ")
    }
}
