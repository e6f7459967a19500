import KernelBase
import KernelClient
import KernelTerminal
import KernelWire

/// An event of the kernel: one line in the colour of its tone, and the details under it.
enum NewsLines {
    static func text(_ news: KernelNews) -> StyledText {
        .lines(
            [StyledText(news.text, style(news.tone))] + news.details.map { StyledText("  \($0)") })
    }

    private static func style(_ tone: String) -> Style {
        switch tone {
        case "success": .success
        case "warning": .warning
        case "error": .error
        default: .dim
        }
    }
}

/// A line of the log.
enum LogText {
    static func line(_ entry: LogEntry) -> StyledText {
        let call = entry.call.map { " (call \($0))" } ?? ""
        return StyledText("\(entry.time) ", .dim)
            + StyledText(entry.level, style(entry.level))
            + StyledText(" \(entry.module)\(call): \(entry.text)")
    }

    private static func style(_ level: String) -> Style {
        switch LogLevel(name: level) {
        case .error: .error
        case .warning: .warning
        case .debug: .dim
        case .info, nil: .plain
        }
    }
}
