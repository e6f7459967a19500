import KernelClient
import KernelMarkdown
import KernelSystem
import KernelTerminal
import Synchronization

/// Where the REPL's words go. To a person everything goes above the line being typed; to a program
/// results go to one descriptor and everything else to another.
final class ReplOutput: Sendable {
    /// Whether calls go on while the next line is typed.
    let isInteractive: Bool
    /// Whether somebody reads along.
    let isForPerson: Bool
    private let output: OutputWriter
    private let errors: OutputWriter
    private let outputIsStyled: Bool
    private let errorsAreStyled: Bool
    private let opensLinks: Bool
    private let hasSaidProblem = Mutex(false)
    private let reader = Mutex<LineReader?>(nil)

    private static let columnsUnknown = 80

    init(_ options: ReplOptions, _ capabilities: TerminalCapabilities) {
        isInteractive = capabilities.canEdit
        isForPerson = capabilities.isTerminal
        outputIsStyled = capabilities.isStyled
        opensLinks = capabilities.opensLinks
        output = OutputWriter(options.output)
        errors = OutputWriter(options.errors)
        let ends = TerminalCapabilities(input: options.errors, output: options.errors)
        errorsAreStyled = ends.isStyled
    }

    func attach(_ reader: LineReader) {
        self.reader.withLock { $0 = reader }
    }

    /// The reader holds closures that hold this.
    func detach() -> LineReader? {
        reader.withLock { reader in
            defer { reader = nil }
            return reader
        }
    }

    func stop() {
        reader.withLock { $0 }?.stop()
    }

    /// Of a line that is being typed.
    func setPrompt(_ prompt: StyledText) {
        reader.withLock { $0 }?.setPrompt(prompt)
    }

    /// For what is fitted to the screen.
    var columnsMax: Int {
        guard isForPerson else { return .max }
        return TerminalDevice.windowSize(output.descriptor)?.columns ?? Self.columnsUnknown
    }

    /// How Markdown is shown to a person; nil where nobody reads along. That it cannot be is said
    /// once.
    var look: MarkdownLook? {
        guard isForPerson else { return nil }
        if let problem = MarkdownStream.problem, hasSaidProblem.withLock({ $0.turnOn() }) {
            aside(StyledText("Markdown is shown as it is written: \(problem)", .warning))
        }
        return MarkdownLook(
            columns: columnsMax, isStyled: outputIsStyled, opensLinks: opensLinks)
    }

    /// What a line asked for.
    func result(_ text: StyledText) {
        if isForPerson, let reader = reader.withLock({ $0 }) { return reader.print(text) }
        write(text.rendered(isStyled: outputIsStyled) + "\n", to: output)
    }

    /// More of an answer, as a person sees it: whole lines, and one of which more is to come.
    func stream(_ lines: StyledText?, unfinished: StyledText) {
        reader.withLock { $0 }?.stream(lines, unfinished: unfinished)
    }

    /// More of an answer, for a program.
    func write(_ text: String) {
        write(text, to: output)
    }

    /// What happened meanwhile, and what went wrong.
    func aside(_ text: StyledText) {
        if isForPerson, let reader = reader.withLock({ $0 }) {
            return reader.print(text.wrapped(columnsMax: columnsMax))
        }
        write(text.rendered(isStyled: errorsAreStyled) + "\n", to: errors)
    }

    private func write(_ text: String, to writer: OutputWriter) {
        writer.write(Array(text.utf8))
    }

    /// What was lost of the results; nil if nothing.
    var problem: String? { output.problem }
}

extension Bool {
    /// Whether it was off before.
    fileprivate mutating func turnOn() -> Bool {
        defer { self = true }
        return !self
    }
}
