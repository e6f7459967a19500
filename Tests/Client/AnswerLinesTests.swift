import KernelTerminal
import Testing

@testable import KernelClient

struct AnswerLinesTests {
    @Test(.timeLimit(.minutes(1))) func `a line without an end or a space is let go of in pieces`()
    {
        var lines = AnswerLines()
        var shown = ""
        for _ in 0..<2_000 {
            if let finished = lines.add(
                String(repeating: "é", count: 50), isThinking: false, columns: 80)
            {
                shown += finished.text
            }
            #expect(lines.unfinished.text.utf8.count < 10_000)
        }
        shown += lines.finish()?.text ?? ""
        #expect(shown.count { $0 == "é" } == 100_000)
    }

    @Test(.timeLimit(.minutes(1))) func `many lines in one piece are soon divided`() {
        var lines = AnswerLines()
        let text = "x\n" + String(repeating: "y\n", count: 300_000) + "z"
        let finished = lines.add(text, isThinking: false, columns: 80)
        #expect(finished?.text.count { $0 == "y" } == 300_000)
        #expect(lines.unfinished.text == "z")
    }

    @Test func `one long piece is cut at its spaces, and nothing of it is lost`() {
        var lines = AnswerLines()
        let words = (0..<10_000).map { "word\($0)" }
        let finished = lines.add(words.joined(separator: " "), isThinking: false)
        let whole = (finished?.text ?? "") + "\n" + lines.unfinished.text
        #expect(whole.split(whereSeparator: \.isWhitespace).map(String.init) == words)
        #expect(lines.unfinished.text.utf8.count <= 8 << 10)
    }
}
