package import KernelTerminal

/// An answer that comes in pieces: whole lines, and the one of which more is to come.
package struct AnswerLines: Sendable {
    package private(set) var unfinished: StyledText = ""
    private var rest = ""
    private var isThinking = false
    private var hasBegun = false

    /// A paragraph is one line; a longer one is broken where it can be.
    private static let bytesMax = 8 << 10

    package init() {}

    /// The lines that the piece completes; nil if there are none.
    package mutating func add(_ piece: String, isThinking: Bool) -> StyledText? {
        var finished: [StyledText] = []
        if isThinking != self.isThinking, let line = takeRest() { finished.append(line) }
        self.isThinking = isThinking
        // Many models begin with empty lines.
        let shown = hasBegun || !rest.isEmpty ? piece[...] : piece.drop(while: \.isWhitespace)
        rest += shown
        hasBegun = hasBegun || !rest.isEmpty
        if let newline = rest.utf8.lastIndex(of: 0x0A) {
            finished.append(StyledText(String(rest[..<newline]), style))
            rest = String(rest[rest.utf8.index(after: newline)...])
        } else if rest.utf8.count > Self.bytesMax, let space = rest.lastIndex(of: " ") {
            finished.append(StyledText(String(rest[..<space]), style))
            rest = String(rest[rest.index(after: space)...])
        }
        unfinished = StyledText(rest, style)
        return finished.isEmpty ? nil : .lines(finished)
    }

    /// What no newline came after.
    package mutating func finish() -> StyledText? {
        hasBegun = false
        return takeRest()
    }

    private mutating func takeRest() -> StyledText? {
        defer {
            rest = ""
            unfinished = ""
        }
        return rest.allSatisfy(\.isWhitespace) ? nil : StyledText(rest, style)
    }

    private var style: Style { isThinking ? .dim : .plain }
}
