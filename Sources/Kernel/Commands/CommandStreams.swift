import KernelClient
import KernelSystem
package import KernelTerminal

/// The descriptors that a command of one line writes to.
package struct CommandStreams: Sendable {
    let errors: Int32
    let outputIsTerminal: Bool
    let errorsAreTerminal: Bool
    private let output: OutputWriter
    private let outputIsStyled: Bool
    private let errorsAreStyled: Bool

    private static let columnsUnknown = 80

    package init(output: Int32 = 1, errors: Int32 = 2) {
        self.output = OutputWriter(output)
        self.errors = errors
        outputIsTerminal = TerminalDevice.isTerminal(output)
        errorsAreTerminal = TerminalDevice.isTerminal(errors)
        outputIsStyled = TerminalCapabilities(input: output, output: output).isStyled
        errorsAreStyled = TerminalCapabilities(input: errors, output: errors).isStyled
    }

    /// What is too wide for a file is no problem of the file's.
    var columnsMax: Int {
        guard outputIsTerminal else { return .max }
        return TerminalDevice.windowSize(output.descriptor)?.columns ?? Self.columnsUnknown
    }

    func write(_ bytes: [UInt8]) {
        output.write(bytes)
    }

    /// A text of this program's own.
    package func say(_ text: String) {
        write(Array(text.utf8))
    }

    /// The exit status, which is a failure if part of the output is lost.
    package func finish(_ status: ExitStatus) -> ExitStatus {
        guard let problem = output.problem else { return status }
        printError(StyledText("kernel: \(problem)", .error))
        return status == .ok ? .failed : status
    }

    /// A text that may hold anything. A terminal gets it made visible, a file as it is.
    func writeOutput(_ bytes: [UInt8]) {
        guard outputIsTerminal else { return write(bytes) }
        let text = StyledText(String(decoding: bytes, as: UTF8.self)).rendered(isStyled: false)
        write(Array(text.utf8))
    }

    func writeError(_ bytes: [UInt8]) {
        let text = StyledText(String(decoding: bytes, as: UTF8.self)).rendered(isStyled: false)
        try? TerminalDevice.write(Array(text.utf8), to: errors)
    }

    func printValue(_ text: String) {
        writeOutput(Array(text.utf8) + [0x0A])
    }

    func print(_ text: StyledText) {
        write(Array((text.rendered(isStyled: outputIsStyled) + "\n").utf8))
    }

    func printError(_ text: StyledText) {
        let line = text.rendered(isStyled: errorsAreStyled) + "\n"
        try? TerminalDevice.write(Array(line.utf8), to: errors)
    }

    var showsProgress: Bool { errorsAreTerminal && errorsAreStyled }

    /// Replaces the line of progress; nil removes it.
    package func showProgress(_ text: StyledText?) {
        guard showsProgress else { return }
        let columns = (TerminalDevice.windowSize(errors)?.columns ?? Self.columnsUnknown) - 1
        let line = text?.cut(to: columns).rendered(isStyled: true) ?? ""
        try? TerminalDevice.write(Array("\r\u{1B}[K\(line)".utf8), to: errors)
    }
}
