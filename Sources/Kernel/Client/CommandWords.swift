/// A line cut into words, as a shell does: quotes of both kinds, and a backslash before a character
/// that is meant as it is. An unfinished line is cut too, since completion asks about those.
package struct CommandWords: Equatable, Sendable {
    package struct Word: Equatable, Sendable {
        /// Without quotes and backslashes.
        package var text: String
        /// In the line, with quotes and backslashes, in UTF-8 offsets.
        package var range: Range<Int>
        package var isQuoted: Bool
        /// The UTF-8 offset in `text` of an equals sign that a plain name stands before.
        package var equals: Int?

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
            self.text = text
            range = 0..<text.utf8.count
            isQuoted = false
            equals = Self.equals(in: Array(text.utf8), quotedFrom: nil)
        }

        init(_ text: [UInt8], range: Range<Int>, quotedFrom: Int?) {
            self.text = String(decoding: text, as: UTF8.self)
            self.range = range
            isQuoted = quotedFrom != nil
            equals = Self.equals(in: text, quotedFrom: quotedFrom)
        }

        private static func equals(in text: [UInt8], quotedFrom: Int?) -> Int? {
            guard let position = text.firstIndex(of: UInt8(ascii: "=")), position > 0,
                position < quotedFrom ?? .max, text[..<position].allSatisfy(isNameByte)
            else { return nil }
            return position
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
            var quotedFrom: Int?
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
                default: text.append(byte)
                }
            }
            return Word(text, range: start..<position, quotedFrom: quotedFrom)
        }

        private func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }

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
                    text.append(byte)
                }
            }
            openQuote = Character(Unicode.Scalar(quote))
        }
    }
}
