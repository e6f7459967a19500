import KernelSystem

/// A terminal in raw mode, from `run` until the reader is closed. Lives on the reader's thread: the
/// only one that reads keys and paints.
final class TerminalSession {
    private static let readBytesMax = 64 << 10
    private static let menuRowsMax = 12
    /// A SIGCONT that is told of so soon after a suspension belongs to it.
    private static let continuationNanoseconds: UInt64 = 1_000_000_000
    private static let beginPastes = Array("\u{1B}[?2004h".utf8)
    private static let endPastes = Array("\u{1B}[?2004l".utf8)

    private let reader: LineReader
    private var options: LineReaderOptions { reader.options }
    private var mode: TerminalMode?
    private var parser = KeyParser()
    private var editor: LineEditor
    private var screen: Screen
    private var prompt: StyledText
    private var unfinished: StyledText = ""
    /// Bytes for the one write at the end of this turn.
    private var output: [UInt8] = []
    /// No more lines: of the keys only Ctrl-C still counts.
    private var linesHaveEnded = false
    private var inputIsClosed = false
    private var resumedAtNanoseconds: UInt64 = 0

    init(_ reader: LineReader) {
        self.reader = reader
        editor = LineEditor(history: reader.options.history)
        prompt = reader.options.prompt
        screen = Screen(
            size: TerminalDevice.windowSize(reader.options.output)
                ?? TerminalSize(columns: 80, rows: 24),
            isStyled: reader.capabilities.isStyled, reflows: reader.capabilities.reflows)
    }

    func run() {
        do throws(SystemError) {
            try enter()
            while !reader.isClosed { try turn() }
        } catch {
            reader.finish(.failed(error))
            mode = nil
            reader.endPainting { $0.prints.forEach(writeLine) }
            return
        }
        reader.endPainting { requests in
            show(requests)
            output += screen.withdraw()
            // A terminal that has gone away cannot be put right.
            try? leave()
        }
    }

    /// Waits for something, does it, and paints once.
    private func turn() throws(SystemError) {
        takeSize()
        show(reader.takeRequests())
        output += screen.paint(content())
        try flush()
        let ready = try TerminalDevice.wait(
            input: inputIsClosed ? nil : options.input, wakeup: reader.wakeUp,
            timeoutMilliseconds: parser.patienceMilliseconds)
        if ready.wakeup { reader.wakeUp.clear() }
        if ready.input {
            let bytes = try TerminalDevice.read(options.input, bytesMax: Self.readBytesMax)
            if bytes.isEmpty { inputIsClosed = true }
            if inputIsClosed { endLines() }
            try handle(parser.feed(bytes))
        } else if !ready.wakeup {
            try handle(parser.flush())
        }
    }

    private func takeSize() {
        guard let size = TerminalDevice.windowSize(options.output) else { return }
        output += screen.resize(to: size)
    }

    private func show(_ requests: ReaderRequests) {
        prompt = requests.prompt
        unfinished = requests.unfinished
        let sinceResumed = SystemClock.monotonicNanoseconds - resumedAtNanoseconds
        if requests.wasContinued && sinceResumed > Self.continuationNanoseconds {
            try? enterAgain()
        }
        if !requests.prints.isEmpty {
            output += screen.printAbove(
                requests.prints.joined(separator: "\n"), content())
        }
    }

    private func flush() throws(SystemError) {
        guard !output.isEmpty else { return }
        defer { output = [] }
        try TerminalDevice.write(output, to: options.output)
    }

    private func writeLine(_ text: String) {
        try? TerminalDevice.write(Array((text + "\n").utf8), to: options.output)
    }

    // MARK: - Mode

    private func enter() throws(SystemError) {
        mode = try TerminalMode(raw: options.input)
        output += Self.beginPastes
    }

    private func leave() throws(SystemError) {
        output += Self.endPastes
        defer { mode = nil }
        try flush()
    }

    private func enterAgain() throws(SystemError) {
        mode = nil
        try enter()
        screen.forget()
    }

    private func suspend() throws(SystemError) {
        output += screen.withdraw()
        try leave()
        TerminalDevice.suspendProcessGroup()
        try enterAgain()
        resumedAtNanoseconds = SystemClock.monotonicNanoseconds
    }

    // MARK: - Keys

    private func handle(_ keys: [Key]) throws(SystemError) {
        for key in keys {
            if linesHaveEnded {
                if key == .control("c") { _ = options.interrupt() }
                continue
            }
            if key == .enter && reader.isFull {
                editor.notice = "\(LineReader.linesWaitingMax) lines are waiting already."
                continue
            }
            var action = editor.handle(key)
            if case .complete(let text, let cursor) = action {
                action = editor.complete(with: options.completion(text, cursor))
            }
            try perform(action)
        }
    }

    private func perform(_ action: LineAction) throws(SystemError) {
        switch action {
        case .nothing, .redraw, .complete: break
        case .submit(let line):
            output += screen.paint(ScreenContent(prompt: prompt, text: line))
            output += screen.finish()
            try flush()
            reader.deliver(line)
        case .interrupt:
            if !options.interrupt() { editor.notice = options.quitHint }
        case .endOfInput: endLines()
        case .clearScreen: output += screen.clearScreen()
        case .suspend: try suspend()
        }
    }

    /// Lines that are waiting are still worked on, and what they print is shown.
    private func endLines() {
        guard !linesHaveEnded else { return }
        linesHaveEnded = true
        reader.finish(.endOfInput)
    }

    // MARK: - What is seen

    private func content() -> ScreenContent {
        guard !linesHaveEnded else { return ScreenContent(prompt: unfinished) }
        var below: [StyledText] = []
        if let notice = editor.notice { below.append(StyledText(notice, .dim)) }
        if let session = editor.completion, session.isListed {
            let rowsMax = min(Self.menuRowsMax, max(screen.size.rows - 2, 1))
            below += CompletionMenu.rows(
                session.candidates, selected: session.selected, columns: screen.size.columns,
                rowsMax: rowsMax)
        }
        let above = unfinished.pieces.isEmpty ? unfinished : unfinished + "\n"
        return ScreenContent(
            prompt: above + (searchPrompt ?? prompt), text: editor.text, cursor: editor.cursor,
            below: below)
    }

    private var searchPrompt: StyledText? {
        guard let search = editor.search else { return nil }
        let label = search.isFailing ? "no match: " : "search: "
        return StyledText(label, search.isFailing ? .warning : .dim)
            + StyledText("\(search.query) ", .bold) + StyledText("| ", .dim)
    }
}
