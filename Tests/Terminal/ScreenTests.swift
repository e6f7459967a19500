import KernelSystem
import KernelTerminal
import KernelTesting
import Testing

/// A screen and the terminal that it paints on.
struct Painted {
    var screen: Screen
    var terminal: TerminalEmulator
    var bytes = 0

    init(columns: Int, rows: Int, widths: TerminalEmulator.Widths = .joined) {
        screen = Screen(
            size: TerminalSize(columns: columns, rows: rows), isStyled: true, reflows: true)
        terminal = TerminalEmulator(columns: columns, rows: rows, widths: widths)
    }

    mutating func feed(_ output: [UInt8]) {
        bytes = output.count
        terminal.feed(output)
    }

    mutating func paint(_ text: String, cursor: Int? = nil, below: [StyledText] = []) {
        feed(screen.paint(ScreenContent(text: text, cursor: cursor, below: below)))
    }
}

struct ScreenTests {
    @Test func `the prompt and the text are seen with the cursor behind them`() {
        var painted = Painted(columns: 20, rows: 5)
        painted.paint("hello")
        #expect(painted.terminal.transcript == ["> hello"])
        #expect(painted.terminal.column == 7)
    }

    @Test func `a character at the end costs its own bytes and no more`() {
        var painted = Painted(columns: 20, rows: 5)
        painted.paint("hell")
        painted.paint("hello")
        #expect(painted.bytes == 1)
        painted.paint("hello")
        #expect(painted.bytes == 0)
    }

    @Test(arguments: [
        ("abcdefgh", ["> abcdefgh"], 1, 0), ("abcdefghi", ["> abcdefgh", "i"], 1, 1),
        ("ab\ncd", ["> ab", "… cd"], 1, 4), ("日本語日本", ["> 日本語日", "本"], 1, 2),
        ("a日本語日本", ["> a日本語", "日本"], 1, 4), ("e\u{301}x", ["> e\u{301}x"], 0, 4),
        ("a\tb", ["> a     b"], 0, 9), ("\u{1B}[2J", ["> ^[[2J"], 0, 7),
        ("\u{301}a", ["> \u{25CC}\u{301}a"], 0, 4), ("a\u{200B}", ["> a", "<U+200B>"], 1, 8),
        ("👨‍👩‍👧x", ["> 👨‍👩‍👧x"], 0, 5),
    ])
    func `text is wrapped by its width`(text: String, rows: [String], row: Int, column: Int) {
        var painted = Painted(columns: 10, rows: 6)
        painted.paint(text)
        #expect(painted.terminal.transcript == rows)
        #expect(painted.terminal.row == row)
        #expect(painted.terminal.column == column)
    }

    @Test func `a text that is taller than the screen shows the part around the cursor`() {
        let text = (1...20).map(String.init).joined(separator: "\n")
        var painted = Painted(columns: 10, rows: 5)
        painted.paint(text)
        #expect(painted.terminal.transcript == ["… 16", "… 17", "… 18", "… 19", "… 20"])
        painted.paint(text, cursor: 0)
        #expect(painted.terminal.transcript == ["> 1", "… 2", "… 3", "… 4", "… 5"])
        painted.feed(painted.screen.finish())
        #expect(painted.terminal.transcript.prefix(2) == ["> 1", "… 2"])
        #expect(painted.terminal.transcript.count == 20)
    }

    /// As an answer is that has filled the screen while it came.
    @Test func `what was as tall as the screen is seen when it becomes lines above`() {
        var painted = Painted(columns: 20, rows: 5)
        let lines = (1...9).map { "line \($0)" }
        let prompt = StyledText(lines.joined(separator: "\n") + "\n> ")
        painted.feed(painted.screen.paint(ScreenContent(prompt: prompt)))
        let rest = ScreenContent(prompt: "> ")
        painted.feed(painted.screen.printAbove(lines.joined(separator: "\n"), rest))
        painted.feed(painted.screen.paint(rest))
        // Nothing is blank below the last of them.
        #expect(painted.terminal.row == 4)
        #expect(painted.terminal.transcript.suffix(5) == lines.suffix(4) + [">"])
    }

    @Test func `rows below the text come and go`() {
        var painted = Painted(columns: 10, rows: 5)
        painted.paint("x", below: ["one", "two", "a row too long for it"])
        #expect(painted.terminal.transcript == ["> x", "one", "two", "a row too…"])
        #expect(painted.terminal.row == 0)
        painted.paint("x")
        #expect(painted.terminal.transcript == ["> x"])
    }

    @Test func `an event appears above the line being typed`() {
        var painted = Painted(columns: 10, rows: 4)
        painted.paint("typing a longer line", cursor: 3)
        painted.feed(painted.screen.printAbove("event one is long\nevent two"))
        #expect(
            painted.terminal.lines.prefix(5) == [
                "event one is long", "event two", "> typing a", " longer li", "ne",
            ])
        #expect(painted.terminal.column == 5)
        #expect(painted.terminal.row == 1)
    }

    @Test func `an event stays above a prompt of several rows`() {
        var painted = Painted(columns: 10, rows: 6)
        let content = ScreenContent(prompt: "a prompt of many words > ", text: "x")
        painted.feed(painted.screen.paint(content))
        painted.feed(painted.screen.printAbove("event"))
        #expect(
            painted.terminal.transcript == ["event", "a prompt o", "f many wor", "ds > x"])
    }

    @Test func `control sequences in an event are shown and not obeyed`() {
        let event = StyledText("\u{1B}[2J\u{9B}H\r\n\u{7}\u{202E}ok\tx", .error)
        #expect(event.rendered(isStyled: false) == "^[[2J<U+009B>H\n^G<U+202E>ok\tx")
        #expect(event.rendered(isStyled: true).hasPrefix("\u{1B}[31m^["))
    }

    @Test(arguments: [(40, 8), (11, 8), (10, 8), (9, 8), (5, 10), (20, 5), (7, 12)])
    func `a change of size leaves nothing behind`(columns: Int, rows: Int) {
        var painted = Painted(columns: 20, rows: 8)
        painted.feed(painted.screen.printAbove("an event that is wider than it"))
        painted.paint("some text 日本語日本語", cursor: 22, below: ["a hint that is long"])
        painted.terminal.resize(columns: columns, rows: rows)
        painted.feed(painted.screen.resize(to: TerminalSize(columns: columns, rows: rows)))
        painted.feed(painted.screen.printAbove("after"))
        var scratch = Painted(columns: columns, rows: rows)
        scratch.feed(scratch.screen.printAbove("an event that is wider than it\nafter"))
        scratch.paint("some text 日本語日本語", cursor: 22, below: ["a hint that is long"])
        #expect(painted.terminal.transcript == scratch.terminal.transcript)
        #expect(painted.terminal.column == scratch.terminal.column)
    }

    @Test func `a frame is bracketed as one update and holds no other mode`() {
        var painted = Painted(columns: 20, rows: 5)
        painted.paint("ab\ncd")
        let bytes = painted.screen.paint(ScreenContent(text: "ab\ncd", cursor: 0))
        let text = String(decoding: bytes, as: UTF8.self)
        #expect(text == "\u{1B}[?2026h\u{1B}[A\u{1B}[3G\u{1B}[?2026l")
    }

    @Test func `without colours no colour is written`() {
        var screen = Screen(
            size: TerminalSize(columns: 20, rows: 5), isStyled: false, reflows: true)
        let content = ScreenContent(prompt: StyledText("> ", .accent), text: "a\u{1}b")
        #expect(String(decoding: screen.paint(content), as: UTF8.self) == "> a^Ab")
    }
}
