/// Finds the lines of a file that match. Holds one buffer, however long the file is.
final class LineScanner {
    private let matcher: Matcher
    private let buffer: UnsafeMutableRawBufferPointer
    private(set) var bytesRead = 0

    enum Matcher {
        case exact([UInt8])
        case pattern(Automaton)
    }

    /// A line longer than this is searched in pieces.
    static let bufferBytes = 262_144
    /// How much of a line is shown.
    static let shownBytes = 300

    init(_ matcher: Matcher) {
        self.matcher = matcher
        buffer = .allocate(byteCount: Self.bufferBytes, alignment: 16)
    }

    deinit {
        buffer.deallocate()
    }

    struct Match {
        let line: Int
        let text: String
    }

    /// Calls `found` for each line that matches, until it returns false. False if the file is not
    /// text, and was therefore not searched.
    func scan(
        _ file: borrowing OpenFile, pulse: Pulse, found: (Match) -> Bool
    ) throws(Fault) -> Bool {
        var kept = 0
        var line = 1
        while true {
            try pulse.check()
            let free = UnsafeMutableRawBufferPointer(rebasing: buffer[kept...])
            let count = try file.read(into: free)
            bytesRead += count
            let isFirst = line == 1 && kept == 0
            let filled = kept + count
            let all = UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(buffer)[..<filled])
            if isFirst, isBinary(all) { return false }
            // Whole lines only, save at the end of the file or where a line fills the buffer.
            var end = filled
            if count > 0 {
                end = all.lastIndex(of: Self.newline).map { $0 + 1 } ?? 0
                if end == 0 && filled == buffer.count { end = filled }
            }
            let whole = UnsafeRawBufferPointer(rebasing: all[..<end])
            if !search(whole, &line, found) || count == 0 { return true }
            kept = filled - end
            buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: all[end...]))
        }
    }

    private func isBinary(_ bytes: UnsafeRawBufferPointer) -> Bool {
        switch FileType(sample: Array(bytes.prefix(FileType.sampleBytes))) {
        case .text, .empty: false
        case .encoded, .binary: true
        }
    }

    private func search(
        _ bytes: UnsafeRawBufferPointer, _ line: inout Int, _ found: (Match) -> Bool
    ) -> Bool {
        switch matcher {
        case .exact(let needle): searchExact(needle, bytes, &line, found)
        case .pattern(let automaton): searchPattern(automaton, bytes, &line, found)
        }
    }

    private func searchExact(
        _ needle: [UInt8], _ bytes: UnsafeRawBufferPointer, _ line: inout Int,
        _ found: (Match) -> Bool
    ) -> Bool {
        var position = 0
        while position < bytes.count {
            let rest = UnsafeRawBufferPointer(rebasing: bytes[position...])
            guard let offset = Door.find(needle, in: rest) else { break }
            let hit = position + offset
            let start = bytes[position..<hit].lastIndex(of: Self.newline).map { $0 + 1 } ?? position
            line += Self.newlines(bytes, position, start)
            let end = Door.newline(in: bytes, from: hit) ?? bytes.count
            let text = Self.shown(bytes[start..<end], around: hit)
            if !found(Match(line: line, text: text)) { return false }
            if end < bytes.count { line += 1 }
            position = end + 1
        }
        if position < bytes.count { line += Self.newlines(bytes, position, bytes.count) }
        return true
    }

    private func searchPattern(
        _ automaton: Automaton, _ bytes: UnsafeRawBufferPointer, _ line: inout Int,
        _ found: (Match) -> Bool
    ) -> Bool {
        var start = 0
        while start < bytes.count {
            let end = Door.newline(in: bytes, from: start) ?? bytes.count
            let hasReturn = end > start && bytes[end - 1] == 0x0D
            let text = UnsafeRawBufferPointer(rebasing: bytes[start..<(hasReturn ? end - 1 : end)])
            if let offset = automaton.end(in: text) {
                let match = Match(
                    line: line, text: Self.shown(bytes[start..<end], around: start + offset))
                if !found(match) { return false }
            }
            if end < bytes.count { line += 1 }
            start = end + 1
        }
        return true
    }

    private static func newlines(_ bytes: UnsafeRawBufferPointer, _ from: Int, _ to: Int) -> Int {
        var count = 0
        for index in from..<to where bytes[index] == newline { count += 1 }
        return count
    }

    /// The line, or the part of a long one around the match, so that it can be shown: one line,
    /// without control characters.
    private static func shown(_ line: Slice<UnsafeRawBufferPointer>, around hit: Int) -> String {
        var piece = Array(line)
        if piece.last == 0x0D { piece.removeLast() }
        var (lead, tail) = ("", "")
        if piece.count > shownBytes {
            let start = max(
                0, min(hit - line.startIndex - shownBytes / 2, piece.count - shownBytes))
            if start > 0 { lead = "…" }
            if start + shownBytes < piece.count { tail = "…" }
            piece = Array(piece[start..<start + shownBytes])
            while let first = piece.first, first & 0xC0 == 0x80 { piece.removeFirst() }
        }
        let text = piece.split(separator: 0x09, omittingEmptySubsequences: false)
            .map { RawPath.printable($0) }.joined(separator: "\t")
        return lead + text + tail
    }

    private static let newline = UInt8(ascii: "\n")
}
