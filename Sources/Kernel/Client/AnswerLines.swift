package import KernelMarkdown
package import KernelTerminal

/// What a model says, as it comes: its answer as Markdown, its thoughts as dim words.
package struct AnswerLines: Sendable {
    private var answer: MarkdownStream
    private var thoughts: ThoughtLines
    private var isThinking = false

    package init(_ look: MarkdownLook) {
        answer = MarkdownStream(look)
        thoughts = ThoughtLines(columns: look.columns)
    }

    /// The lines that the piece completes.
    package mutating func add(_ piece: String, isThinking: Bool) -> [StyledText] {
        let ended = isThinking == self.isThinking ? [] : finish()
        self.isThinking = isThinking
        return ended + (isThinking ? thoughts.add(piece) : answer.add(piece))
    }

    /// Of which more is to come.
    package var unfinished: [StyledText] {
        isThinking ? thoughts.unfinished : answer.unfinished
    }

    /// What no newline came after.
    package mutating func finish() -> [StyledText] {
        isThinking ? thoughts.finish() : answer.finish()
    }
}

/// Thoughts: words and lines as they are, broken between words.
package struct ThoughtLines: Sendable {
    private let columns: Int
    private var rest = ""
    private var hasBegun = false

    /// A longer line is let go of in pieces: all of it is painted anew with each that comes.
    private static let bytesMax = 8 << 10

    package init(columns: Int) {
        self.columns = columns
    }

    package mutating func add(_ piece: String) -> [StyledText] {
        // Many models begin with empty lines.
        rest += hasBegun ? piece[...] : piece.drop(while: \.isWhitespace)
        hasBegun = hasBegun || !rest.isEmpty
        guard piece.utf8.contains(0x0A) || rest.utf8.count > Self.bytesMax else { return [] }
        var lines: [StyledText] = []
        var left = rest[...]
        while let end = left.utf8.firstIndex(of: 0x0A) {
            lines.append(shown(left[..<end]))
            left = left[left.utf8.index(after: end)...]
        }
        while left.utf8.count > Self.bytesMax {
            let cut = left.prefix(Self.bytesMax / 4)
            let end = cut.lastIndex(of: " ") ?? cut.endIndex
            lines.append(shown(left[..<end]))
            left = left[end...].drop { $0 == " " }
        }
        rest = String(left)
        return lines
    }

    package var unfinished: [StyledText] { rest.isEmpty ? [] : [shown(rest[...])] }

    package mutating func finish() -> [StyledText] {
        defer { self = ThoughtLines(columns: columns) }
        return unfinished
    }

    private func shown(_ line: Substring) -> StyledText {
        StyledText(SafeText.visible(String(line)), .dim).wrapped(columnsMax: columns)
    }
}
