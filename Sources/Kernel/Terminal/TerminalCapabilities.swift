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
    /// Whether the addresses of links can be opened without being seen.
    package var opensLinks: Bool

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
        opensLinks = isStyled && Self.opensLinks(type, environment)
    }

    /// Those that are known to. tmux and screen hide what is behind them, and may drop the address.
    private static func opensLinks(_ type: String, _ environment: (String) -> String?) -> Bool {
        if let forced = environment("FORCE_HYPERLINK"), !forced.isEmpty { return forced != "0" }
        guard environment("TMUX") == nil, environment("STY") == nil else { return false }
        let types = ["xterm-kitty", "xterm-ghostty", "foot", "foot-extra", "alacritty", "wezterm"]
        let programs = ["iTerm.app", "WezTerm", "vscode", "ghostty", "Hyper", "rio"]
        let version = environment("VTE_VERSION").flatMap { Int($0) } ?? 0
        return types.contains(type) || version >= 5_000
            || programs.contains(environment("TERM_PROGRAM") ?? "")
            || environment("KONSOLE_VERSION") != nil || environment("WT_SESSION") != nil
    }

    package init(input: Int32, output: Int32) {
        self.init(
            inputIsTerminal: TerminalDevice.isTerminal(input),
            outputIsTerminal: TerminalDevice.isTerminal(output),
            environment: TerminalDevice.environment)
    }
}
