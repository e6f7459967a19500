import Glibc
import KernelSystem
import KernelTerminal
import KernelTesting
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(1)))
struct LineReaderTests {
    /// A reader that runs, and the lines it has given.
    private final class Running: Sendable {
        let reader: LineReader
        private let result = Condition(Result())

        struct Result {
            var lines: [String] = []
            var end: LineReaderEnd?
        }

        init(
            _ options: LineReaderOptions, onLine: @escaping @Sendable (LineReader, String) -> Void
        ) throws {
            let reader = try LineReader(options)
            self.reader = reader
            try SystemThread.start(name: "test reader") { [result] in
                let end = reader.run { line in
                    onLine(reader, line)
                    result.withLock { $0.lines.append(line) }
                }
                result.withLock { $0.end = end }
                result.broadcast()
            }
        }

        func finished() throws -> (lines: [String], end: LineReaderEnd) {
            let deadline = SystemClock.monotonicNanoseconds + 20_000_000_000
            let finished = result.wait(untilNanoseconds: deadline) { result in
                result.end.map { (result.lines, $0) }
            }
            return try #require(finished)
        }
    }

    private static func options(_ terminal: PseudoTerminal) -> LineReaderOptions {
        var options = LineReaderOptions()
        options.input = terminal.device.raw
        options.output = terminal.device.raw
        options.prompt = "> "
        options.capabilities = TerminalCapabilities(
            inputIsTerminal: true, outputIsTerminal: true,
            environment: { ["TERM": "xterm-256color"][$0] })
        return options
    }

    @Test func `a line is typed, worked on and answered above the next one`() throws {
        let terminal = try PseudoTerminal()
        let running = try Running(Self.options(terminal)) { reader, line in
            reader.print(StyledText("you said \(line)"))
        }
        try terminal.wait { $0.transcript == [">"] }
        #expect(terminal.isRaw)
        try terminal.type("hello\r")
        try terminal.wait { $0.transcript == ["> hello", "you said hello", ">"] }
        try terminal.type("next")
        try terminal.wait { $0.transcript.last == "> next" }
        running.reader.print(StyledText("an \u{1B}[2Jevent", .error))
        let shown = try terminal.wait { $0.transcript.contains("an ^[[2Jevent") }
        #expect(shown.transcript.last == "> next")
        #expect(shown.column == 6)
        try terminal.type("\u{15}\u{4}")
        let result = try running.finished()
        #expect(result.lines == ["hello"])
        #expect(result.end == .endOfInput)
        #expect(!terminal.isRaw)
    }

    @Test func `typing goes on while a line is being worked on`() throws {
        let terminal = try PseudoTerminal()
        let gate = Condition(false)
        let interrupts = Mutex(0)
        var options = Self.options(terminal)
        options.interrupt = {
            interrupts.withLock { $0 += 1 }
            gate.withLock { $0 = true }
            gate.broadcast()
            return true
        }
        let running = try Running(options) { reader, line in
            if line == "slow" { _ = gate.wait { $0 ? true : nil } }
            reader.print(StyledText("done \(line)"))
        }
        try terminal.waitForPrompt()
        try terminal.type("slow\rfast\r")
        try terminal.wait { $0.transcript == ["> slow", "> fast", ">"] }
        try terminal.type("\u{4}")
        try terminal.wait { $0.transcript == ["> slow", "> fast"] }
        try terminal.type("\u{3}")
        let result = try running.finished()
        #expect(result.lines == ["slow", "fast"])
        try terminal.wait { $0.transcript == ["> slow", "> fast", "done slow", "done fast"] }
    }

    @Test func `stop puts the terminal back and says so`() throws {
        let terminal = try PseudoTerminal()
        let running = try Running(Self.options(terminal)) { _, _ in }
        try terminal.waitForPrompt()
        try terminal.type("half a li")
        try terminal.wait { $0.transcript == ["> half a li"] }
        running.reader.stop()
        #expect(try running.finished().end == .stopped)
        #expect(!terminal.isRaw)
        running.reader.print("afterwards")
        try terminal.wait { $0.transcript == ["afterwards"] }
    }

    @Test func `control c on an empty line says how to leave`() throws {
        let terminal = try PseudoTerminal()
        let running = try Running(Self.options(terminal)) { _, _ in }
        try terminal.waitForPrompt()
        try terminal.type("x\u{3}\u{3}")
        try terminal.wait { $0.transcript == [">", "Press Ctrl-D or type /quit to leave."] }
        try terminal.type("y")
        try terminal.wait { $0.transcript == ["> y"] }
        running.reader.stop()
        _ = try running.finished()
    }

    @Test func `a change of the window is painted`() throws {
        let terminal = try PseudoTerminal(columns: 80)
        let running = try Running(Self.options(terminal)) { _, _ in }
        try terminal.waitForPrompt()
        try terminal.type("a text of forty characters, just about..")
        try terminal.wait(columns: 80) { $0.transcript.last?.hasSuffix("about..") == true }
        terminal.resize(columns: 30, rows: 10)
        running.reader.windowChanged()
        try terminal.type("!")
        try terminal.wait(columns: 30) { $0.transcript.last == "just about..!" }
        running.reader.stop()
        _ = try running.finished()
    }

    @Test func `events from many threads are all shown, whole`() throws {
        let terminal = try PseudoTerminal(rows: 40)
        let running = try Running(Self.options(terminal)) { _, _ in }
        try terminal.waitForPrompt()
        for thread in 0..<4 {
            try SystemThread.start(name: "events") {
                for number in 0..<50 {
                    running.reader.print(StyledText("thread \(thread) event \(number)"))
                }
            }
        }
        try terminal.type("typed meanwhile")
        try terminal.wait(rows: 40) { terminal in
            terminal.transcript.count == 201 && terminal.transcript.last == "> typed meanwhile"
        }
        running.reader.stop()
        _ = try running.finished()
    }

    private static func pipe(holding text: String) throws -> FileDescriptor {
        var numbers: [CInt] = [-1, -1]
        try #require(Glibc.pipe(&numbers) == 0)
        let writer = FileDescriptor(owning: numbers[1])
        let reader = FileDescriptor(owning: numbers[0])
        try writer.write(Array(text.utf8))
        return reader
    }

    @Test(arguments: ["pipe", "file", "/dev/null"])
    func `input that is no terminal is read to its end`(kind: String) throws {
        let text = (0..<500).map { "line \($0)\n" }.joined()
        let folder = try TemporaryFolder("reader")
        try Files.replace(folder.file("input"), with: Array(text.utf8))
        let outputFile = try FileDescriptor.open(
            folder.file("output"), .write, creating: .ifMissing())
        let path = kind == "file" ? folder.file("input") : "/dev/null"
        let file = kind == "pipe" ? try Self.pipe(holding: text) : try .open(path, .read)
        var options = LineReaderOptions()
        options.input = file.raw
        options.output = outputFile.raw
        let running = try Running(options) { reader, line in
            reader.print(StyledText("got \(line)", .success))
        }
        let result = try running.finished()
        let expected = kind == "/dev/null" ? [] : (0..<500).map { "line \($0)" }
        #expect(result.lines == expected)
        #expect(result.end == .endOfInput)
        let output = try Files.read(folder.file("output"), bytesMax: 1 << 20)
        #expect(String(decoding: output, as: UTF8.self) == expected.map { "got \($0)\n" }.joined())
    }

    @Test func `a dumb terminal has a plain prompt and no escape sequence`() throws {
        let terminal = try PseudoTerminal()
        var options = Self.options(terminal)
        options.capabilities = TerminalCapabilities(
            inputIsTerminal: true, outputIsTerminal: true, environment: { ["TERM": "dumb"][$0] })
        let running = try Running(options) { reader, line in
            reader.print(StyledText("got \(line)", .error))
        }
        try terminal.wait { $0.transcript == [">"] }
        #expect(!terminal.isRaw)
        try terminal.type("one\n")
        let shown = try terminal.wait { $0.transcript == ["> one", "got one", ">"] }
        #expect(shown.unknown.isEmpty)
        running.reader.stop()
        #expect(try running.finished().end == .stopped)
    }

    @Test(arguments: [
        (["TERM": "xterm"], true, true), (["TERM": "xterm", "NO_COLOR": "1"], true, false),
        (["TERM": "dumb"], false, false), ([:], false, false),
    ])
    func `the environment says what the terminal can do`(
        environment: [String: String], canEdit: Bool, isStyled: Bool
    ) {
        let capabilities = TerminalCapabilities(
            inputIsTerminal: true, outputIsTerminal: true, environment: { environment[$0] })
        #expect(capabilities.canEdit == canEdit)
        #expect(capabilities.isStyled == isStyled)
        let piped = TerminalCapabilities(
            inputIsTerminal: true, outputIsTerminal: false, environment: { environment[$0] })
        #expect(!piped.canEdit && !piped.isStyled)
    }
}
