/// A line cut into words, as a shell does: quotes of both kinds, and a backslash before a character
/// that is meant as it is. An unfinished line is cut too, since completion asks about those.
package struct CommandWords: Equatable, Sendable {
    package struct Word: Equatable, Sendable {
        /// Without quotes and backslashes.
        package var text: String
        /// In the line, with quotes and backslashes, in UTF-8 offsets.
        package var range: Range<Int>
        /// The UTF-8 offset in `text` of an equals sign that a plain name stands before.
        package var equals: Int?
        /// Whether the name is in the line as it is in the text, without quotes.
        package var nameIsPlain: Bool

        /// `name=value`: the name.
        package var name: String? {
            equals.map { String(decoding: text.utf8.prefix($0), as: UTF8.self) }
        }

        /// What follows the name, or the whole word.
        package var value: String {
            equals.map { String(decoding: text.utf8.dropFirst($0 + 1), as: UTF8.self) } ?? text
        }

        /// A word that came without a line, from the arguments of a program.
        package init(argument text: String) {
            let bytes = Array(text.utf8)
            self.init(
                bytes, range: 0..<bytes.count, equals: bytes.firstIndex(of: UInt8(ascii: "=")),
                quotedFrom: nil)
        }

        init(_ text: [UInt8], range: Range<Int>, equals: Int?, quotedFrom: Int?) {
            self.text = String(decoding: text, as: UTF8.self)
            self.range = range
            self.equals = equals.flatMap { position in
                position > 0 && text[..<position].allSatisfy(Self.isNameByte) ? position : nil
            }
            nameIsPlain = quotedFrom.map { $0 > equals ?? 0 } ?? true
        }

        private static func isNameByte(_ byte: UInt8) -> Bool {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
                true
            default: false
            }
        }
    }

    package private(set) var words: [Word] = []
    /// The quote that the line ends without closing.
    package private(set) var openQuote: Character?

    package init(_ line: String) {
        var cutter = Cutter(Array(line.utf8))
        while let word = cutter.next() { words.append(word) }
        openQuote = cutter.openQuote
    }

    /// The words of a finished line.
    package static func finished(_ line: String) throws(CommandProblem) -> [Word] {
        let cut = CommandWords(line)
        if let quote = cut.openQuote {
            throw CommandProblem(
                "The quote \(quote) is not closed. To mean the character itself, write \\\(quote)")
        }
        return cut.words
    }

    private struct Cutter {
        let bytes: [UInt8]
        var position = 0
        var openQuote: Character?
        /// Of the word being cut: where in its text quotes begin, and the first equals sign is. One
        /// behind a backslash is an ordinary character.
        private var quotedFrom: Int?
        private var equals: Int?

        private static let backslash = UInt8(ascii: "\\")
        private static let doubleQuote = UInt8(ascii: "\"")
        private static let singleQuote = UInt8(ascii: "'")

        init(_ bytes: [UInt8]) {
            self.bytes = bytes
        }

        mutating func next() -> Word? {
            while position < bytes.count, isSpace(bytes[position]) { position += 1 }
            guard position < bytes.count else { return nil }
            let start = position
            var text: [UInt8] = []
            (quotedFrom, equals) = (nil, nil)
            while position < bytes.count, !isSpace(bytes[position]) {
                let byte = bytes[position]
                position += 1
                switch byte {
                case Self.backslash:
                    quotedFrom = quotedFrom ?? text.count
                    takeEscaped(into: &text)
                case Self.doubleQuote, Self.singleQuote:
                    quotedFrom = quotedFrom ?? text.count
                    takeQuoted(byte, into: &text)
                default: take(byte, into: &text)
                }
            }
            return Word(
                text, range: start..<position, equals: equals, quotedFrom: quotedFrom)
        }

        private func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }

        private mutating func take(_ byte: UInt8, into text: inout [UInt8]) {
            if byte == UInt8(ascii: "="), equals == nil { equals = text.count }
            text.append(byte)
        }

        /// At the end of the line a backslash means itself.
        private mutating func takeEscaped(into text: inout [UInt8]) {
            guard position < bytes.count else { return text.append(Self.backslash) }
            text.append(bytes[position])
            position += 1
        }

        /// Within double quotes a backslash protects a quote and itself, and is else an ordinary
        /// character; within single quotes it always is.
        private mutating func takeQuoted(_ quote: UInt8, into text: inout [UInt8]) {
            while position < bytes.count {
                let byte = bytes[position]
                position += 1
                if byte == quote { return }
                let escapes =
                    byte == Self.backslash && quote == Self.doubleQuote && position < bytes.count
                    && [Self.backslash, Self.doubleQuote].contains(bytes[position])
                if escapes {
                    takeEscaped(into: &text)
                } else {
                    take(byte, into: &text)
                }
            }
            openQuote = Character(Unicode.Scalar(quote))
        }
    }
}
