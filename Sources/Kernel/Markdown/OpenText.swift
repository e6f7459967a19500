/// The end of a text that is still being written, as it shall look meanwhile: what has been opened
/// is closed, and what may yet turn out to be a mark is not shown before that is known. Nothing of
/// it stays: the text itself is what counts in the end.
enum OpenText {
    /// Beyond it nobody waits for the other half of a mark.
    private static let spanBytesMax = 2_000

    /// All lines but those that are not to be seen yet, and the last one with what closes it.
    static func shown(_ lines: [String], _ last: String) -> String {
        var kept = lines[...]
        var last = isMark(last) ? "" : last
        let rows = kept.reversed().prefix { isRow($0) }.count
        let isRowOpen = isRow(last)
        // One row is no table yet, and looks different from one.
        if rows <= 1, isRowOpen || rows == 1 && last.isEmpty {
            kept = kept.dropLast(rows)
            last = ""
        }
        let text = kept.joined(separator: "\n")
        guard !last.isEmpty else { return text }
        let before = kept.reversed().prefix { !endsText($0) }.reversed()
        let context = isRowOpen || endsText(last) ? "" : before.joined(separator: "\n") + "\n"
        return (text.isEmpty ? "" : text + "\n") + closed(last, after: context)
    }

    /// What could begin a list, a heading, a rule, a fence, a table, or turn into one of them.
    private static func isMark(_ line: String) -> Bool {
        let trimmed = line.utf8.drop { $0 == 0x20 || $0 == 0x09 || $0 == UInt8(ascii: ">") }
        let digits = trimmed.prefix { $0 >= 0x30 && $0 <= 0x39 }.count
        if digits > 0, digits <= 3 {
            return trimmed.dropFirst(digits).allSatisfy { " .)".utf8.contains($0) }
        }
        return trimmed.allSatisfy { " -=*_+#>`~|:[".utf8.contains($0) }
    }

    private static func isRow(_ line: String) -> Bool {
        line.utf8.first { $0 != 0x20 && $0 != UInt8(ascii: ">") } == UInt8(ascii: "|")
    }

    /// Whether no span of text goes on from the line before: it is empty, or begins a block.
    private static func endsText(_ line: String) -> Bool {
        let trimmed = line.drop { $0 == " " || $0 == ">" }
        guard let first = trimmed.utf8.first else { return true }
        let second = trimmed.utf8.dropFirst().first
        if "#|".utf8.contains(first) { return true }
        if "-*+".utf8.contains(first) { return second == 0x20 }
        let digits = trimmed.utf8.prefix { $0 >= 0x30 && $0 <= 0x39 }.count
        return digits > 0 && trimmed.utf8.dropFirst(digits).starts(with: Array(". ".utf8))
    }

    // MARK: - Within a line

    private static func closed(_ line: String, after context: String) -> String {
        var bytes = Array(line.utf8)
        // The beginning of a mark, of a link or of an escape.
        while let last = bytes.last, "*_~`[!\\<&".utf8.contains(last) { bytes.removeLast() }
        guard context.utf8.count + bytes.count <= spanBytesMax else {
            return String(decoding: bytes, as: UTF8.self)
        }
        bytes = withoutOpenLink(bytes)
        let open = openMarks(Array(context.utf8) + bytes)
        guard !open.isEmpty else { return String(decoding: bytes, as: UTF8.self) }
        // A mark is not closed behind a blank.
        while bytes.last == 0x20 { bytes.removeLast() }
        return String(decoding: bytes, as: UTF8.self) + open.reversed().joined()
    }

    /// `[text](addr`: the text without what is not whole.
    private static func withoutOpenLink(_ bytes: [UInt8]) -> [UInt8] {
        guard let middle = bytes.indices.last(where: { bytes[$0...].starts(with: "](".utf8) }),
            !bytes[middle...].contains(UInt8(ascii: ")")),
            let open = bytes[..<middle].lastIndex(of: UInt8(ascii: "["))
        else { return bytes }
        let isImage = open > 0 && bytes[open - 1] == UInt8(ascii: "!")
        return Array(bytes[..<(isImage ? open - 1 : open)] + bytes[(open + 1)..<middle])
    }

    private static func openMarks(_ bytes: [UInt8]) -> [String] {
        var open: [String] = []
        var index = 0
        while index < bytes.count {
            let byte = bytes[index]
            let run = bytes[index...].prefix { $0 == byte }.count
            switch byte {
            case UInt8(ascii: "\\"): index += 2
            case UInt8(ascii: "`"):
                let mark = String(repeating: "`", count: run)
                guard let end = find(mark, bytes, from: index + run) else { return open + [mark] }
                index = end
            case UInt8(ascii: "*"), UInt8(ascii: "_"), UInt8(ascii: "~"):
                turn(bytes, index, run, &open)
                index += run
            default: index += 1
            }
        }
        return open
    }

    /// Closes what is open with this mark, or opens it.
    private static func turn(
        _ bytes: [UInt8], _ index: Int, _ run: Int, _ open: inout [String]
    ) {
        let byte = bytes[index]
        guard run <= 3, byte != UInt8(ascii: "~") || run == 2 else { return }
        let before = index > 0 ? bytes[index - 1] : 0x20
        let after = index + run < bytes.count ? bytes[index + run] : 0x20
        let isWithinWord = byte == UInt8(ascii: "_") && isLetter(before) && isLetter(after)
        guard !isWithinWord else { return }
        let mark = String(repeating: String(Unicode.Scalar(byte)), count: run)
        if before > 0x20, let last = open.lastIndex(of: mark) {
            open.removeSubrange(last...)
        } else if after > 0x20 {
            open.append(mark)
        }
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        byte >= 0x30 && byte <= 0x39 || byte | 0x20 >= 0x61 && byte | 0x20 <= 0x7A || byte >= 0x80
    }

    private static func find(_ mark: String, _ bytes: [UInt8], from start: Int) -> Int? {
        let mark = Array(mark.utf8)
        var index = start
        while index < bytes.count {
            let run = bytes[index...].prefix { $0 == UInt8(ascii: "`") }.count
            if run == mark.count { return index + run }
            index += max(run, 1)
        }
        return nil
    }
}
