package import KernelTerminal

/// An answer that comes in pieces: whole lines, and the one of which more is to come.
package struct AnswerLines: Sendable {
    package private(set) var unfinished: StyledText = ""
    private var rest = ""
    private var isThinking = false
    private var hasBegun = false
    /// Between two lines of ```, where a break would be part of the code.
    private var isCode = false

    private var columns = Int.max

    /// A paragraph is one line; a longer one is broken where it can be.
    private static let bytesMax = 8 << 10

    package init() {}

    /// The lines that the piece completes; nil if there are none.
    package mutating func add(
        _ piece: String, isThinking: Bool, columns: Int = .max
    ) -> StyledText? {
        self.columns = columns
        var finished: [StyledText] = []
        if isThinking != self.isThinking, let line = takeRest() { finished.append(line) }
        self.isThinking = isThinking
        // Many models begin with empty lines.
        let shown = hasBegun || !rest.isEmpty ? piece[...] : piece.drop(while: \.isWhitespace)
        rest += shown
        hasBegun = hasBegun || !rest.isEmpty
        while let newline = rest.utf8.firstIndex(of: 0x0A) {
            finished.append(StyledText(broken(rest[..<newline], isWhole: true), style))
            rest = String(rest[rest.utf8.index(after: newline)...])
        }
        if rest.utf8.count > Self.bytesMax, let space = rest.lastIndex(of: " ") {
            finished.append(StyledText(broken(rest[..<space], isWhole: true), style))
            rest = String(rest[rest.index(after: space)...])
        }
        unfinished = StyledText(broken(rest[...], isWhole: false), style)
        return finished.isEmpty ? nil : .lines(finished)
    }

    /// What no newline came after.
    package mutating func finish() -> StyledText? {
        defer {
            hasBegun = false
            isCode = false
        }
        return takeRest()
    }

    private mutating func takeRest() -> StyledText? {
        defer {
            rest = ""
            unfinished = ""
        }
        guard !rest.allSatisfy(\.isWhitespace) else { return nil }
        return StyledText(broken(rest[...], isWhole: true), style)
    }

    /// Prose between its words; code and tables as they are.
    private mutating func broken(_ line: Substring, isWhole: Bool) -> String {
        let isFence = line.drop(while: \.isWhitespace).hasPrefix("```")
        defer { if isFence && isWhole { isCode.toggle() } }
        let isKept = isCode || isFence || line.hasPrefix("    ") || line.hasPrefix("|")
        guard !isKept, StyledText(String(line)).width > columns else { return String(line) }
        let indent = line.prefix(while: \.isWhitespace)
        let mark = Self.mark(line.dropFirst(indent.count))
        let hanging = String(repeating: " ", count: indent.count + mark.count)
        let text = String(line.dropFirst(indent.count + mark.count))
        let lines = WordWrap.lines(text, width: max(columns - hanging.count, columns / 2))
        return indent + mark + lines.joined(separator: "\n" + hanging)
    }

    /// What a point of a list begins with: `- `, `12. `.
    private static func mark(_ line: Substring) -> Substring {
        for mark in ["- ", "* ", "+ "] where line.hasPrefix(mark) { return line.prefix(2) }
        let digits = line.prefix { $0.isASCII && $0.isNumber }
        let isNumbered =
            (1...3).contains(digits.count) && line.dropFirst(digits.count).hasPrefix(". ")
        return isNumbered ? line.prefix(digits.count + 2) : ""
    }

    private var style: Style { isThinking ? .dim : .plain }
}
