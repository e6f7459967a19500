import KernelClient
package import KernelSystem
import KernelTerminal
package import KernelWire
import Synchronization

/// A client for people and for scripts: reads lines, has the kernel do what they say, and shows
/// what comes of it.
package final class Repl: Sendable {
    package static let failed: Int32 = 1
    package static let notUnderstood: Int32 = 2
    package static let interrupted: Int32 = 130

    let session: ReplSession
    private let reader: LineReader

    package init(_ transport: any WireTransport, _ options: ReplOptions) throws(SystemError) {
        let capabilities =
            options.capabilities
            ?? TerminalCapabilities(input: options.input, output: options.output)
        let session = ReplSession(transport, ReplOutput(options, capabilities), options)
        var reading = LineReaderOptions()
        reading.input = options.input
        reading.output = options.output
        reading.prompt = options.prompt
        reading.capabilities = capabilities
        reading.history = Self.history(options, session.output)
        reading.interrupt = { session.interrupt() }
        let folders = FolderNames(folder: options.folder, home: options.home)
        reading.completion = { text, cursor in
            let isModel = text.hasPrefix("/model ")
            return ReplCompletion(
                session.knownModules, session.tasks.withLock { $0 }, folders,
                models: isModel ? session.knownModels : []
            ).complete(text, at: cursor)
        }
        reader = try LineReader(reading)
        self.session = session
        session.output.attach(reader)
    }

    private static func history(_ options: ReplOptions, _ output: ReplOutput) -> History {
        guard output.isInteractive, let file = options.historyFile else { return History() }
        do {
            return try HistoryFile(path: file).load()
        } catch {
            output.aside(StyledText("The history of lines cannot be read: \(error)", .warning))
            return History()
        }
    }

    /// Works until the input ends, somebody leaves or the kernel goes away. To be called once, on
    /// a thread that may block. Answers the exit status: 0; 1 if a command failed; 2 if a line was
    /// not understood; a person at a terminal has seen such things, so there it is 0.
    package func run() -> Int32 {
        defer { session.finish() }
        guard session.begin() else { return Self.failed }
        let end = reader.run { session.perform($0) }
        if case .failed(let error) = end {
            session.output.aside(StyledText("No more lines can be read: \(error)", .error))
            return Self.failed
        }
        if session.client.isClosed && !session.isReconnecting { session.kernelIsGone() }
        if let problem = session.output.problem {
            session.fail(problem, Self.failed)
        }
        return session.exitStatus
    }

    // MARK: - From any thread

    /// To be called on SIGINT, which a terminal in raw mode does not send: cancels what is running.
    /// A script ends with it. False if there was nothing to interrupt.
    @discardableResult
    package func interrupt() -> Bool { session.interrupt() }

    /// Ends `run` after the line that is being worked on.
    package func stop() { reader.stop() }

    /// To be called on SIGWINCH.
    package func windowChanged() { reader.windowChanged() }

    /// To be called on SIGCONT.
    package func continued() { reader.continued() }
}
