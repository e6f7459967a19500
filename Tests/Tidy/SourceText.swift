import Foundation

/// A Swift or C source taken apart just far enough to count and to search: what is code, what is
/// comment, what is text between quotes. Positions stay those of the file.
struct SourceText {
    struct Comment: Equatable {
        /// Counted from 1.
        let line: Int
        /// One line of the comment, without its marks.
        let text: String
        let isDocumentation: Bool
    }

    enum Language { case swift, c }

    /// The source with comments and the insides of literals blanked.
    let code: [UInt8]
    /// The source with comments blanked.
    let uncommented: [UInt8]
    let comments: [Comment]
    let codeLines: [String]

    init(_ source: String, _ language: Language = .swift) {
        var scanner = SourceScanner(bytes: Array(source.utf8), language: language)
        scanner.scan()
        code = scanner.code
        uncommented = scanner.uncommented
        comments = scanner.comments
        codeLines = Self.lines(code)
    }

    /// Whether the code holds one of these words. Far cheaper than a regular expression, which then
    /// only has to look at the few files that do.
    func mentions(_ words: [String]) -> Bool {
        let code = Data(code)
        return words.contains { code.range(of: Data($0.utf8)) != nil }
    }

    var uncommentedText: String { String(decoding: uncommented, as: UTF8.self) }

    static func lines(_ bytes: [UInt8]) -> [String] {
        bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            .map { String(decoding: $0, as: UTF8.self) }
    }
}

/// Walks over the bytes once and blanks what is not code.
private struct SourceScanner {
    let bytes: [UInt8]
    let language: SourceText.Language
    var code: [UInt8]
    var uncommented: [UInt8]
    var comments: [SourceText.Comment] = []
    var index = 0
    var line = 1

    init(bytes: [UInt8], language: SourceText.Language) {
        self.bytes = bytes
        self.language = language
        code = bytes
        uncommented = bytes
    }

    mutating func scan() {
        while index < bytes.count {
            scanOne()
        }
    }

    private func starts(_ text: StaticString, at position: Int? = nil) -> Bool {
        let start = position ?? index
        guard start + text.utf8CodeUnitCount <= bytes.count else { return false }
        return (0..<text.utf8CodeUnitCount).allSatisfy { bytes[start + $0] == text.utf8Start[$0] }
    }

    private mutating func advance(_ count: Int = 1) {
        let end = min(index + count, bytes.count)
        while index < end {
            if bytes[index] == UInt8(ascii: "\n") {
                line += 1
            }
            index += 1
        }
    }

    private mutating func blank(_ range: Range<Int>, inUncommented: Bool) {
        for position in range where bytes[position] != UInt8(ascii: "\n") {
            code[position] = UInt8(ascii: " ")
            if inUncommented {
                uncommented[position] = UInt8(ascii: " ")
            }
        }
    }

    private mutating func scanOne() {
        guard "/\"'`#".utf8.contains(bytes[index]) else { return advance() }
        let hashes = bytes[index...].prefix { $0 == UInt8(ascii: "#") }.count
        if starts("//") || starts("/*") {
            scanComment()
        } else if starts("\"") {
            scanString(hashes: 0)
        } else if language == .c, starts("'") {
            scanLiteral(closing: UInt8(ascii: "'"), escapes: true)
        } else if language == .swift, starts("`") {
            scanLiteral(closing: UInt8(ascii: "`"), escapes: false)
        } else if language == .swift, hashes > 0, starts("\"", at: index + hashes) {
            advance(hashes)
            scanString(hashes: hashes)
        } else if language == .swift, hashes > 0, starts("/", at: index + hashes) {
            scanRegex()
        } else {
            advance(max(hashes, 1))
        }
    }

    private mutating func scanComment() {
        let start = index
        let startLine = line
        if starts("//") {
            while index < bytes.count, bytes[index] != UInt8(ascii: "\n") {
                advance()
            }
        } else {
            var depth = 0
            repeat {
                if starts("/*"), depth == 0 || language == .swift {
                    depth += 1
                    advance(2)
                } else if starts("*/") {
                    depth -= 1
                    advance(2)
                } else {
                    advance()
                }
            } while depth > 0 && index < bytes.count
        }
        blank(start..<index, inUncommented: true)
        let lines = SourceText.lines(Array(bytes[start..<index]))
        let isDocumentation = lines[0].hasPrefix("///") || lines[0].hasPrefix("/**")
        for (offset, text) in lines.enumerated() {
            let bare = text.drop { "/* \t".contains($0) }
            comments.append(
                SourceText.Comment(
                    line: startLine + offset, text: String(bare), isDocumentation: isDocumentation))
        }
    }

    private mutating func scanLiteral(closing: UInt8, escapes: Bool) {
        let start = index + 1
        advance()
        while index < bytes.count, bytes[index] != closing, bytes[index] != UInt8(ascii: "\n") {
            advance(escapes && bytes[index] == UInt8(ascii: "\\") ? 2 : 1)
        }
        blank(start..<index, inUncommented: false)
        advance()
    }

    private mutating func scanRegex() {
        let start = index
        advance(2)
        while index < bytes.count, !starts("/#") {
            advance()
        }
        advance(2)
        blank(start..<index, inUncommented: false)
    }

    private func hashesFollow(_ position: Int, _ count: Int) -> Bool {
        position + count <= bytes.count
            && bytes[position..<position + count].allSatisfy { $0 == UInt8(ascii: "#") }
    }

    private mutating func scanString(hashes: Int) {
        let isLong = language == .swift && starts("\"\"\"")
        advance(isLong ? 3 : 1)
        while index < bytes.count {
            if starts("\\"), hashesFollow(index + 1, hashes) {
                scanEscape(hashes: hashes)
            } else if isLong ? starts("\"\"\"") : starts("\""),
                hashesFollow(index + (isLong ? 3 : 1), hashes)
            {
                advance((isLong ? 3 : 1) + hashes)
                return
            } else if !isLong, bytes[index] == UInt8(ascii: "\n") {
                return
            } else {
                blank(index..<index + 1, inUncommented: false)
                advance()
            }
        }
    }

    /// Interpolated code is code; any other escape is text.
    private mutating func scanEscape(hashes: Int) {
        let length = 2 + hashes
        let end = min(index + length, bytes.count)
        guard language == .swift, starts("(", at: index + 1 + hashes) else {
            blank(index..<end, inUncommented: false)
            advance(length)
            return
        }
        blank(index..<end - 1, inUncommented: false)
        advance(length)
        var depth = 1
        while index < bytes.count, depth > 0 {
            if starts("(") {
                depth += 1
            } else if starts(")") {
                depth -= 1
            }
            scanOne()
        }
    }
}
