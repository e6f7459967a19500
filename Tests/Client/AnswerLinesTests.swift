import KernelClient
import KernelMarkdown
import KernelTerminal
import Testing

struct AnswerLinesTests {
    private let look = MarkdownLook(columns: 20, isStyled: true, opensLinks: false)

    @Test(.timeLimit(.minutes(1)), arguments: [true, false])
    func `a line without an end or a space is let go of in pieces`(isThinking: Bool) {
        var lines = AnswerLines(look)
        var shown = ""
        for _ in 0..<400 {
            shown += lines.add(String(repeating: "é", count: 50), isThinking: isThinking)
                .map(\.text).joined()
            let waiting = lines.unfinished.reduce(0) { $0 + $1.text.utf8.count }
            // A block of Markdown and a line behind it.
            #expect(waiting < 30_000)
        }
        shown += lines.finish().map(\.text).joined()
        #expect(shown.count { $0 == "é" } == 20_000)
    }

    @Test func `thoughts are dim, and end where the answer begins`() {
        var lines = AnswerLines(look)
        #expect(
            lines.add("\n\nLet me\nsee **this**", isThinking: true) == [StyledText("Let me", .dim)])
        #expect(lines.unfinished == [StyledText("see **this**", .dim)])
        #expect(lines.add("Well **so**", isThinking: false) == [StyledText("see **this**", .dim)])
        #expect(lines.finish() == [StyledText("Well ") + StyledText("so", .bold)])
    }

    @Test func `long thoughts are cut between words, and nothing of them is lost`() {
        var lines = ThoughtLines(columns: 80)
        let words = (0..<10_000).map { "word\($0)" }
        let shown = (lines.add(words.joined(separator: " ")) + lines.finish()).map(\.text)
        #expect(
            shown.joined(separator: "\n").split(whereSeparator: \.isWhitespace).map(String.init)
                == words)
    }
}
