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

    /// A paragraph is one line; a longer one is broken where it can be, else anywhere: each piece
    /// that comes has the whole of it painted anew.
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
        var left = rest[...]
        while let newline = left.utf8.firstIndex(of: 0x0A) {
            let line = left[..<newline]
            left = left[left.utf8.index(after: newline)...]
            finished += cut(line).map { StyledText(broken($0, isWhole: true), style) }
        }
        let pieces = cut(left)
        finished += pieces.dropLast().map { StyledText(broken($0, isWhole: true), style) }
        rest = String(pieces.last ?? "")
        unfinished = StyledText(broken(rest[...], isWhole: false), style)
        return finished.isEmpty ? nil : .lines(finished)
    }

    /// In pieces that can be painted: at a space, or where there is none, at the bound.
    private func cut(_ line: Substring) -> [Substring] {
        var pieces: [Substring] = []
        var left = line
        while left.utf8.count > Self.bytesMax {
            var bound = left.utf8.index(left.startIndex, offsetBy: Self.bytesMax)
            // Never within a character.
            while String.Index(bound, within: left) == nil { left.utf8.formIndex(before: &bound) }
            if let space = left[..<bound].lastIndex(of: " ") {
                pieces.append(left[..<space])
                left = left[left.index(after: space)...]
            } else if bound > left.startIndex {
                pieces.append(left[..<bound])
                left = left[bound...]
            } else {
                break
            }
        }
        return pieces + [left]
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
