/// Takes lines out of a text file. Only the part that was asked for is held in memory; the lines
/// before it are passed over, or skipped at once by an offset that an earlier answer gave.
struct Reading {
    /// Number of the first line, from 1 on.
    var first = 1
    var linesMax = 2000
    var bytesMax = 262_144
    /// Where the line `first` begins, if that is known.
    var offset: Int?
    var showsNumbers = false

    func run(_ file: borrowing OpenFile, pulse: Pulse) throws(Fault) -> String {
        let type = FileType(sample: try file.bytes(count: FileType.sampleBytes))
        switch type {
        case .empty, .text: break
        case .encoded, .binary:
            throw Fault(
                .unsupported,
                "\(file.path) is not UTF-8 text but \(type.name), \(ByteCount(file.status.size)).")
        }
        var start = 0
        if let offset {
            if offset < 0 || offset > file.status.size && file.status.size > 0 {
                throw Fault(
                    .invalid,
                    "\(file.path) has no offset \(offset): its size is \(file.status.size).")
            }
            try file.seek(to: offset)
            start = offset
        } else {
            try file.seek(to: 0)
            start = try skipLines(file, pulse)
        }
        // Four bytes more than are shown: whether the file goes on, and no character is cut.
        let bytes = try file.bytes(count: bytesMax + 4)
        if bytes.isEmpty && first > 1 && offset == nil { throw tooShort(file, lines: first - 1) }
        return try text(bytes, start, of: file)
    }

    /// Passes over the lines before `first`; returns the offset where it stands.
    private func skipLines(_ file: borrowing OpenFile, _ pulse: Pulse) throws(Fault) -> Int {
        var left = first - 1
        var offset = 0
        while left > 0 {
            try pulse.check()
            let piece = try file.bytes(count: 1 << 20)
            if piece.isEmpty { throw tooShort(file, lines: first - 1 - left) }
            var position = 0
            while left > 0, let end = piece[position...].firstIndex(of: Self.newline) {
                position = end + 1
                left -= 1
            }
            if left == 0 {
                offset += position
                try file.seek(to: offset)
            } else {
                offset += piece.count
            }
        }
        return offset
    }

    private func tooShort(_ file: borrowing OpenFile, lines: Int) -> Fault {
        Fault(.invalid, "\(file.path) has only \(lines) \(lines == 1 ? "line" : "lines").")
    }

    private func text(_ bytes: [UInt8], _ start: Int, of file: borrowing OpenFile) throws(Fault)
        -> String
    {
        if bytes.contains(0) {
            throw Fault(
                .unsupported,
                "\(file.path), \(ByteCount(file.status.size)), is not text: a zero byte follows "
                    + "after offset \(start).")
        }
        var end = 0
        var lines = 0
        while lines < linesMax, end < bytes.count {
            let next = bytes[end...].firstIndex(of: Self.newline).map { $0 + 1 } ?? bytes.count
            if next > bytesMax { break }
            end = next
            lines += 1
        }
        // A line longer than the limit is cut, at the end of a character.
        let cutsLine = lines == 0 && !bytes.isEmpty
        if cutsLine { end = Self.wholeCharacters(bytes, upTo: bytesMax) }
        let shown = Array(bytes[..<end])
        var result = showsNumbers ? numbered(shown) : String(decoding: shown, as: UTF8.self)
        for note in notes(shown, hasMore: end < bytes.count, lines: lines, next: start + end) {
            result += (result.hasSuffix("\n") || result.isEmpty ? "" : "\n") + "[\(note)]"
        }
        return result
    }

    private func notes(_ shown: [UInt8], hasMore: Bool, lines: Int, next: Int) -> [String] {
        var notes: [String] = []
        if String(validating: shown, as: UTF8.self) == nil {
            notes.append("bytes that are not UTF-8 are shown as \u{FFFD}")
        }
        if hasMore && lines == 0 {
            notes.append("line \(first) goes on: continue with first=\(first) offset=\(next)")
        } else if hasMore {
            notes.append("the file goes on: continue with first=\(first + lines) offset=\(next)")
        }
        return notes
    }

    private func numbered(_ bytes: [UInt8]) -> String {
        var result = ""
        var number = first
        for line in bytes.split(separator: Self.newline, omittingEmptySubsequences: false) {
            if line.isEmpty && line.endIndex == bytes.endIndex { break }
            result += "\(number)\t" + String(decoding: line, as: UTF8.self)
            if line.endIndex < bytes.endIndex { result += "\n" }
            number += 1
        }
        return result
    }

    private static func wholeCharacters(_ bytes: [UInt8], upTo limit: Int) -> Int {
        var end = min(limit, bytes.count)
        for _ in 0..<3 where end < bytes.count && end > 1 && bytes[end] & 0xC0 == 0x80 { end -= 1 }
        return end
    }

    private static let newline = UInt8(ascii: "\n")
}
