internal import KernelSystem

/// What the terminal can do, as its environment says. Nothing is asked of the terminal itself: an
/// answer may never come.
package struct TerminalCapabilities: Equatable, Sendable {
    package var isTerminal: Bool
    /// Cursor movement: not on a dumb terminal.
    package var canEdit: Bool
    package var isStyled: Bool
    /// Whether rows are broken anew when the width changes. xterm, the Linux console and screen
    /// leave them as they are.
    package var reflows: Bool

    package init(
        inputIsTerminal: Bool, outputIsTerminal: Bool, environment: (String) -> String?
    ) {
        let type = environment("TERM") ?? ""
        let isDumb = type.isEmpty || type == "dumb"
        let hasNoColour = environment("NO_COLOR").map { !$0.isEmpty } ?? false
        isTerminal = inputIsTerminal && outputIsTerminal
        canEdit = isTerminal && !isDumb
        isStyled = outputIsTerminal && !isDumb && !hasNoColour
        let isInTmux = environment("TMUX") != nil
        let isXterm = environment("XTERM_VERSION") != nil
        reflows = isInTmux || !(isXterm || type == "linux" || type.hasPrefix("screen"))
    }

    package init(input: Int32, output: Int32) {
        self.init(
            inputIsTerminal: TerminalDevice.isTerminal(input),
            outputIsTerminal: TerminalDevice.isTerminal(output),
            environment: TerminalDevice.environment)
    }
}
