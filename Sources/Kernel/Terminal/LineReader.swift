package import KernelSystem
import Synchronization

/// Lines from a person or from a program, and text to them while they type.
///
/// With a terminal, a thread of its own reads keys and paints, so that typing goes on while a line
/// is being worked on. Without one, the same thread reads lines. Both look the same from outside.
package final class LineReader: Sendable {
    /// Lines that wait to be worked on. A file waits; a person is told.
    static let linesWaitingMax = 64
    /// Text that waits to be painted; a terminal that takes no more loses what comes then.
    static let printBytesMax = 1 << 20
    /// Beyond it an answer waits.
    static let streamBytesMax = 256 << 10

    let options: LineReaderOptions
    package let capabilities: TerminalCapabilities
    let wakeUp: WakeUp
    private let mailbox = Condition(Mailbox())
    private let requests = Condition(ReaderRequests())

    /// From the reader's thread to the caller's.
    private struct Mailbox {
        var lines: [String] = []
        var end: LineReaderEnd?
        /// The caller has seen the end, and wants no more.
        var isClosed = false
        var threadIsDone = false
    }

    package init(_ options: LineReaderOptions) throws(SystemError) {
        self.options = options
        capabilities =
            options.capabilities
            ?? TerminalCapabilities(input: options.input, output: options.output)
        wakeUp = try WakeUp()
        requests.withLock { $0.prompt = options.prompt }
    }

    /// Calls `onLine` for each line, one at a time, on the thread that called this, which waits
    /// meanwhile; `onLine` may take its time. Whatever was printed is seen before this returns.
    /// To be called once.
    package func run(onLine: (String) -> Void) -> LineReaderEnd {
        let isEditing = capabilities.canEdit
        do throws(SystemError) {
            requests.withLock { $0.isPainting = isEditing }
            try SystemThread.start(name: "line reader") { [self] in
                if isEditing {
                    TerminalSession(self).run()
                } else {
                    PlainSession(self).run()
                }
                mailbox.withLock { $0.threadIsDone = true }
                mailbox.broadcast()
            }
        } catch {
            requests.withLock { $0.isPainting = false }
            return .failed(error)
        }
        let end = work(onLine)
        mailbox.withLock { $0.isClosed = true }
        mailbox.broadcast()
        wakeUp.signal()
        _ = mailbox.wait { $0.threadIsDone ? true : nil }
        return end
    }

    private func work(_ onLine: (String) -> Void) -> LineReaderEnd {
        while true {
            showPlainPrompt()
            let next: (line: String?, end: LineReaderEnd?)? = mailbox.wait { mailbox in
                if mailbox.end == .stopped { return (nil, .stopped) }
                if !mailbox.lines.isEmpty { return (mailbox.lines.removeFirst(), nil) }
                return mailbox.end.map { (nil, $0) }
            }
            mailbox.broadcast()
            if let end = next?.end { return end }
            if let line = next?.line {
                requests.withLock { $0.plainPromptIsShown = false }
                onLine(line)
            }
        }
    }

    // MARK: - From any thread

    /// Shows a text above the line being typed. Never waits for a terminal.
    package func print(_ text: StyledText) {
        let shown = text.rendered(isStyled: capabilities.isStyled)
        requests.withLock { requests in
            if requests.isPainting {
                requests.add(shown)
            } else {
                writePlain(shown, &requests)
            }
        }
        wakeUp.signal()
    }

    /// Whole lines above the line being typed, and under them one of which more is to come: it
    /// takes the place of the one before, and is seen only where lines are edited. Waits for a
    /// terminal that is slow, so that nothing is lost: not to be called in `onLine`.
    package func stream(_ lines: StyledText?, unfinished: StyledText) {
        let shown = lines?.rendered(isStyled: capabilities.isStyled)
        _ = requests.wait { requests -> Bool? in
            if requests.isPainting {
                guard requests.printBytes <= Self.streamBytesMax else { return nil }
                if let shown { requests.add(shown) }
                requests.unfinished = unfinished
            } else if let shown {
                writePlain(shown, &requests)
            }
            return true
        }
        wakeUp.signal()
    }

    /// Ends `run` after the line that is being worked on.
    package func stop() {
        finish(.stopped)
    }

    /// To be called on SIGWINCH.
    package func windowChanged() {
        wakeUp.signal()
    }

    /// To be called on SIGCONT: the shell has used the terminal meanwhile.
    package func continued() {
        requests.withLock { $0.wasContinued = true }
        wakeUp.signal()
    }

    package func setPrompt(_ prompt: StyledText) {
        requests.withLock { $0.prompt = prompt }
        wakeUp.signal()
    }

    // MARK: - From the reader's thread

    func takeRequests() -> ReaderRequests {
        defer { requests.broadcast() }
        return requests.withLock { $0.take() }
    }

    /// The painter is gone: what is printed from now on is written as it comes, after what waited.
    func endPainting(_ write: (ReaderRequests) -> Void) {
        requests.withLock { requests in
            write(requests.take())
            requests.isPainting = false
        }
        requests.broadcast()
    }

    var isClosed: Bool { mailbox.withLock { $0.isClosed || $0.end == .stopped } }

    var isFull: Bool { mailbox.withLock { $0.lines.count >= Self.linesWaitingMax } }

    func deliver(_ line: String) {
        mailbox.withLock { $0.lines.append(line) }
        mailbox.broadcast()
    }

    /// Waits until there is room; false if nobody wants lines any more.
    func waitForRoom() -> Bool {
        mailbox.wait { mailbox in
            if mailbox.isClosed || mailbox.end == .stopped { return false }
            return mailbox.lines.count < Self.linesWaitingMax ? true : nil
        } ?? false
    }

    func finish(_ end: LineReaderEnd) {
        mailbox.withLock { mailbox in
            if mailbox.end == nil || end == .stopped { mailbox.end = end }
        }
        mailbox.broadcast()
        wakeUp.signal()
    }

    // MARK: - Without an editor

    private func showPlainPrompt() {
        guard capabilities.isTerminal, !capabilities.canEdit else { return }
        requests.withLock { requests in
            let prompt = requests.prompt.rendered(isStyled: false)
            requests.plainPromptIsShown = true
            try? TerminalDevice.write(Array(prompt.utf8), to: options.output)
        }
    }

    /// A reader of ours that has gone away is no reason to stop working.
    private func writePlain(_ text: String, _ requests: inout ReaderRequests) {
        var output = text + "\n"
        if requests.plainPromptIsShown {
            output = "\n" + output + requests.prompt.rendered(isStyled: false)
        }
        try? TerminalDevice.write(Array(output.utf8), to: options.output)
    }
}
