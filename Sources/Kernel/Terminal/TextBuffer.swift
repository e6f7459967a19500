/// Text and a cursor that always stands between two grapheme clusters. Positions are UTF-8 offsets:
/// they stay good while the text behind them changes, and a `String` finds them at once.
package struct TextBuffer: Equatable, Sendable {
    package static let bytesMax = 1 << 20

    package private(set) var text: String
    package private(set) var cursor: Int

    package init(_ text: String = "") {
        self.text = Self.normalized(text)
        cursor = self.text.utf8.count
    }

    /// A newline is one byte, everywhere.
    private static func normalized(_ text: String) -> String {
        guard text.utf8.contains(0x0D) else { return text }
        return String(text.map { $0 == "\r\n" || $0 == "\r" ? "\n" : $0 })
    }

    package var isEmpty: Bool { text.isEmpty }
    package var end: Int { text.utf8.count }
    package var isAtEnd: Bool { cursor == end }

    /// False, and nothing changed, if the text would grow over its limit.
    package mutating func insert(_ addition: String) -> Bool {
        replace(cursor..<cursor, with: addition)
    }

    /// Replaces, and puts the cursor behind what is new.
    package mutating func replace(_ range: Range<Int>, with replacement: String) -> Bool {
        let replacement = Self.normalized(replacement)
        let addition = replacement.utf8.count
        guard end - range.count + addition <= Self.bytesMax else { return false }
        text.replaceSubrange(index(range.lowerBound)..<index(range.upperBound), with: replacement)
        move(to: range.lowerBound + addition)
        return true
    }

    /// Removes from the cursor to `position`, on either side, and returns it.
    package mutating func remove(to position: Int) -> String {
        let range = min(cursor, position)..<max(cursor, position)
        let removed = substring(range)
        text.removeSubrange(index(range.lowerBound)..<index(range.upperBound))
        move(to: range.lowerBound)
        return removed
    }

    /// Goes to the first cluster boundary at or behind `position`.
    package mutating func move(to position: Int) {
        let target = index(min(max(position, 0), end))
        guard target > text.startIndex else {
            cursor = 0
            return
        }
        // The end of the cluster that holds the byte before.
        cursor = offset(text.index(after: text.utf8.index(before: target)))
    }

    package func substring(_ range: Range<Int>) -> String {
        String(text[index(range.lowerBound)..<index(range.upperBound)])
    }

    package var clusterBefore: Int {
        cursor == 0 ? 0 : offset(text.index(before: index(cursor)))
    }

    package var clusterAfter: Int {
        isAtEnd ? end : offset(text.index(after: index(cursor)))
    }

    /// The beginning of the line, between newlines, that the cursor is in.
    package var lineStart: Int {
        let before = text.utf8[..<index(cursor)]
        return before.lastIndex(of: newline).map { offset($0) + 1 } ?? 0
    }

    package var lineEnd: Int {
        text.utf8[index(cursor)...].firstIndex(of: newline).map(offset) ?? end
    }

    package var isOnFirstLine: Bool { lineStart == 0 }
    package var isOnLastLine: Bool { lineEnd == end }

    /// Goes one line up or down, to the same count of clusters from its beginning.
    package mutating func moveLine(up: Bool) {
        let wanted = text.distance(from: index(lineStart), to: index(cursor))
        move(to: up ? lineStart - 1 : lineEnd + 1)
        let line = index(lineStart)
        let target = text.index(line, offsetBy: wanted, limitedBy: index(lineEnd))
        move(to: target.map(offset) ?? lineEnd)
    }

    package func wordStart(_ isWord: (Character) -> Bool) -> Int {
        var position = index(cursor)
        var inWord = false
        while position > text.startIndex {
            let before = text.index(before: position)
            let matches = isWord(text[before])
            if inWord && !matches { break }
            inWord = matches
            position = before
        }
        return offset(position)
    }

    package func wordEnd(_ isWord: (Character) -> Bool) -> Int {
        var position = index(cursor)
        var inWord = false
        while position < text.endIndex {
            let matches = isWord(text[position])
            if inWord && !matches { break }
            inWord = matches
            position = text.index(after: position)
        }
        return offset(position)
    }

    static func isWordCharacter(_ character: Character) -> Bool {
        character.isLetter || character.isNumber || character == "_"
    }

    /// Swaps the clusters on both sides of the cursor; at the end, the last two.
    package mutating func transpose() -> Bool {
        guard cursor > lineStart else { return false }
        if cursor == lineEnd { move(to: clusterBefore) }
        guard cursor > lineStart else {
            move(to: clusterAfter)
            return false
        }
        let range = clusterBefore..<clusterAfter
        let swapped = substring(cursor..<range.upperBound) + substring(range.lowerBound..<cursor)
        return replace(range, with: swapped)
    }

    private var newline: UInt8 { 0x0A }

    private func index(_ offset: Int) -> String.Index {
        text.utf8.index(text.startIndex, offsetBy: offset)
    }

    private func offset(_ index: String.Index) -> Int {
        text.utf8.distance(from: text.startIndex, to: index)
    }
}
