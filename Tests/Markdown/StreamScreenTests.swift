import KernelMarkdown
import KernelSystem
import KernelTerminal
import KernelTesting
import Testing

/// An answer on a terminal, as it comes, above a line that is being typed.
struct StreamScreenTests {
    private struct Shown {
        var screen: Screen
        var terminal: TerminalEmulator
        var stream: MarkdownStream

        init(columns: Int, rows: Int, widths: TerminalEmulator.Widths) {
            screen = Screen(
                size: TerminalSize(columns: columns, rows: rows), isStyled: true, reflows: true)
            terminal = TerminalEmulator(columns: columns, rows: rows, widths: widths)
            stream = MarkdownStream(Sample.look(columns, opensLinks: true))
            paint()
        }

        mutating func add(_ piece: String) {
            print(stream.add(piece))
            paint()
        }

        mutating func finish() {
            print(stream.finish())
            paint()
        }

        private mutating func print(_ lines: [StyledText]) {
            guard !lines.isEmpty else { return }
            let text = lines.map { $0.rendered(isStyled: true) }.joined(separator: "\n")
            terminal.feed(screen.printAbove(text))
        }

        private mutating func paint() {
            var prompt: StyledText = ""
            for line in stream.unfinished { prompt += line + "\n" }
            terminal.feed(screen.paint(ScreenContent(prompt: prompt + "> ", text: "typing")))
        }
    }

    @Test(arguments: Sample.all, [20, 47, 80])
    func `whatever the pieces, the screen ends as if it had come at once`(
        text: String, columns: Int
    ) {
        for (seed, widths) in [(1, TerminalEmulator.Widths.joined), (2, .separate)] {
            var whole = Shown(columns: columns, rows: 12, widths: widths)
            whole.add(text)
            whole.finish()
            var pieces = Shown(columns: columns, rows: 12, widths: widths)
            var random = Seeded(state: UInt64(seed))
            var rest = text.unicodeScalars[...]
            while !rest.isEmpty {
                let count = Int.random(in: 1...9, using: &random)
                pieces.add(String(rest.prefix(count)))
                rest = rest.dropFirst(count)
            }
            pieces.finish()
            #expect(pieces.terminal.transcript == whole.terminal.transcript)
            #expect(pieces.terminal.unknown.isEmpty)
            #expect(whole.terminal.transcript.last == "> typing")
        }
    }

    /// What has scrolled away cannot be painted again: it must be what stays.
    @Test(arguments: Sample.all)
    func `what has scrolled away never changes`(text: String) {
        var shown = Shown(columns: 60, rows: 10, widths: .joined)
        var scrolled: [String] = []
        for scalar in text.unicodeScalars {
            shown.add(String(scalar))
            let now = shown.terminal.scrollback.map(\.text)
            #expect(now.prefix(scrolled.count) == scrolled[...])
            scrolled = now
        }
    }

    @Test func `one more word paints one more word`() {
        var screen = Screen(
            size: TerminalSize(columns: 80, rows: 24), isStyled: true, reflows: true)
        var stream = MarkdownStream(Sample.look())
        _ = stream.add("A paragraph of **some** words, ")
        func content() -> ScreenContent {
            ScreenContent(prompt: StyledText(stream.unfinished.flatMap(\.pieces)) + "\n> ")
        }
        _ = screen.paint(content())
        _ = stream.add("more")
        #expect(screen.paint(content()).count < 60)
    }
}
