import KernelTerminal

/// Colours code line by line. What goes on in the next line is carried along.
struct CodeLexer: Sendable {
    private let language: CodeLanguage?
    private var open = Open.nothing

    private enum Open: Equatable, Sendable {
        case nothing
        case comment(depth: Int)
        case quote(Int)
        case tag
    }

    /// Beyond it, colours help nobody.
    private static let lineBytesMax = 2_000

    private static let keyword = Style(.magenta)
    private static let text = Style(.green)
    private static let number = Style(.cyan)
    private static let type = Style(.yellow)
    private static let name = Style(.blue)

    init(info: String) {
        language = CodeLanguage.named(info)
    }

    mutating func line(_ text: Substring) -> StyledText {
        guard let language, text.utf8.count <= Self.lineBytesMax else {
            return StyledText(String(text))
        }
        let bytes = Array(text.utf8)
        switch language.form {
        case .difference: return StyledText(String(text), Self.difference(text))
        case .words, .markup:
            var pieces = Pieces(bytes: bytes)
            if case .quote(let index) = open {
                endQuote(language.quotes[index], index, from: 0, &pieces)
            } else if case .comment(let depth) = open {
                endComment(language, from: 0, depth: depth, &pieces)
            }
            while pieces.position < bytes.count { step(language, &pieces) }
            return pieces.finish()
        }
    }

    private static func difference(_ line: Substring) -> Style {
        switch line.first {
        case "+": line.hasPrefix("+++") ? .bold : .success
        case "-": line.hasPrefix("---") ? .bold : .error
        case "@": .accent
        default: line.hasPrefix("diff ") || line.hasPrefix("index ") ? .dim : .plain
        }
    }

    // MARK: - Steps

    /// The text of a line, taken piece by piece from its beginning.
    private struct Pieces {
        let bytes: [UInt8]
        private(set) var position = 0
        private var result: [StyledText.Piece] = []

        init(bytes: [UInt8]) {
            self.bytes = bytes
        }

        func starts(with word: [UInt8], at index: Int? = nil) -> Bool {
            bytes[(index ?? position)...].starts(with: word)
        }

        mutating func take(to end: Int, _ style: Style) {
            guard end > position else { return }
            let text = String(decoding: bytes[position..<end], as: UTF8.self)
            position = end
            if let last = result.last, last.style == style {
                result[result.count - 1].text += text
            } else {
                result.append(StyledText.Piece(text: text, style: style))
            }
        }

        func finish() -> StyledText { StyledText(result) }
    }

    private mutating func step(_ language: CodeLanguage, _ pieces: inout Pieces) {
        if let comment = language.blockComment, pieces.starts(with: comment.open) {
            return endComment(
                language, from: pieces.position + comment.open.count, depth: 1, &pieces)
        }
        if language.form == .markup { return stepInMarkup(language, &pieces) }
        let position = pieces.position
        let byte = pieces.bytes[position]
        let isFirst = position == 0 || pieces.bytes[position - 1] <= 0x20
        if let mark = language.lineComments.first(where: { pieces.starts(with: $0) }),
            mark.count > 1 || isFirst
        {
            return pieces.take(to: pieces.bytes.count, .dim)
        }
        if let index = language.quotes.firstIndex(where: { pieces.starts(with: $0.open) }) {
            let quote = language.quotes[index]
            return endQuote(quote, index, from: position + quote.open.count, &pieces)
        }
        if language.attributeMarks.contains(byte) {
            let end = Self.wordEnd(pieces.bytes, from: position + 1, language)
            return pieces.take(to: max(end, position + 1), Self.name)
        }
        if Self.isDigit(byte) { return takeNumber(&pieces) }
        if Self.isWord(byte) { return takeWord(language, &pieces) }
        pieces.take(to: position + 1, .plain)
    }

    private func takeNumber(_ pieces: inout Pieces) {
        var end = pieces.position
        while end < pieces.bytes.count {
            let byte = pieces.bytes[end]
            let isPoint =
                byte == UInt8(ascii: ".") && end + 1 < pieces.bytes.count
                && Self.isDigit(pieces.bytes[end + 1])
            guard Self.isWord(byte) || isPoint else { break }
            end += 1
        }
        pieces.take(to: end, Self.number)
    }

    private func takeWord(_ language: CodeLanguage, _ pieces: inout Pieces) {
        let start = pieces.position
        let end = Self.wordEnd(pieces.bytes, from: start, language)
        let word = String(decoding: pieces.bytes[start..<end], as: UTF8.self)
        var style = Style.plain
        if let mark = language.keyEnd, isKey(pieces.bytes, start, end, mark) {
            style = Self.name
        } else if language.keywords.contains(word) {
            style = Self.keyword
        } else if language.hasTypes, let first = word.utf8.first, Self.isCapital(first) {
            style = Self.type
        }
        pieces.take(to: end, style)
    }

    /// Nothing stands before it on its line but blanks and dashes, and its mark behind it.
    private func isKey(_ bytes: [UInt8], _ start: Int, _ end: Int, _ mark: UInt8) -> Bool {
        guard bytes[..<start].allSatisfy({ $0 <= 0x20 || $0 == UInt8(ascii: "-") }) else {
            return false
        }
        return bytes[end...].first { $0 != 0x20 } == mark
    }

    private mutating func endQuote(
        _ quote: CodeLanguage.Quote, _ index: Int, from first: Int, _ pieces: inout Pieces
    ) {
        let bytes = pieces.bytes
        var end = first
        open = quote.spansLines ? .quote(index) : .nothing
        while end < bytes.count {
            if quote.escape != 0, bytes[end] == quote.escape {
                end += 2
            } else if pieces.starts(with: quote.close, at: end) {
                end += quote.close.count
                open = .nothing
                break
            } else {
                end += 1
            }
        }
        end = min(end, bytes.count)
        let isKey =
            language?.quotesAreKeys == true
            && bytes[end...].first { $0 != 0x20 } == UInt8(ascii: ":")
        pieces.take(to: end, isKey ? Self.name : Self.text)
    }

    private mutating func endComment(
        _ language: CodeLanguage, from first: Int, depth: Int, _ pieces: inout Pieces
    ) {
        guard let comment = language.blockComment else { return }
        var depth = depth
        var end = first
        while end < pieces.bytes.count, depth > 0 {
            if pieces.starts(with: comment.close, at: end) {
                depth -= 1
                end += comment.close.count
            } else if language.commentsNest, pieces.starts(with: comment.open, at: end) {
                depth += 1
                end += comment.open.count
            } else {
                end += 1
            }
        }
        open = depth > 0 ? .comment(depth: depth) : .nothing
        pieces.take(to: end, .dim)
    }

    // MARK: - Markup

    private mutating func stepInMarkup(_ language: CodeLanguage, _ pieces: inout Pieces) {
        let position = pieces.position
        let byte = pieces.bytes[position]
        guard open == .tag else {
            guard byte == UInt8(ascii: "<") else {
                let end = pieces.bytes[position...].firstIndex(of: UInt8(ascii: "<"))
                return pieces.take(to: end ?? pieces.bytes.count, .plain)
            }
            open = .tag
            var end = position + 1
            while end < pieces.bytes.count,
                Self.isWord(pieces.bytes[end]) || "/!?-:".utf8.contains(pieces.bytes[end])
            {
                end += 1
            }
            return pieces.take(to: end, Self.keyword)
        }
        if byte == UInt8(ascii: ">") {
            open = .nothing
            return pieces.take(to: position + 1, Self.keyword)
        }
        if let quote = language.quotes.first(where: { pieces.starts(with: $0.open) }) {
            let close = pieces.bytes[(position + 1)...].firstIndex(of: quote.close[0])
            return pieces.take(to: close.map { $0 + 1 } ?? pieces.bytes.count, Self.text)
        }
        let isName = Self.isWord(byte)
        var end = position + 1
        while isName, end < pieces.bytes.count,
            Self.isWord(pieces.bytes[end]) || pieces.bytes[end] == UInt8(ascii: "-")
        {
            end += 1
        }
        pieces.take(to: end, isName ? Self.name : .plain)
    }

    // MARK: - Characters

    private static func isDigit(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x39 }

    private static func isCapital(_ byte: UInt8) -> Bool { byte >= 0x41 && byte <= 0x5A }

    private static func isWord(_ byte: UInt8) -> Bool {
        isDigit(byte) || isCapital(byte) || byte >= 0x61 && byte <= 0x7A || byte == 0x5F
            || byte >= 0x80
    }

    private static func wordEnd(
        _ bytes: [UInt8], from start: Int, _ language: CodeLanguage
    ) -> Int {
        var end = start
        while end < bytes.count, isWord(bytes[end]) || language.wordMarks.contains(bytes[end]) {
            end += 1
        }
        return end
    }
}
