package struct LineReaderOptions: Sendable {
    package var input: Int32 = 0
    package var output: Int32 = 1
    package var prompt: StyledText = StyledText("> ", .accent)
    package var history = History()
    package var completion: CompletionProvider = { .none(at: $1) }
    /// Ctrl-C on an empty line. Answers whether something was running that it has stopped; if not,
    /// the hint is shown. Called on the reader's thread.
    package var interrupt: @Sendable () -> Bool = { false }
    package var quitHint = "Press Ctrl-D or type /quit to leave."
    /// Nil: as the descriptors and the environment say.
    package var capabilities: TerminalCapabilities?

    package init() {}
}
