import KernelBase
import KernelClient
import KernelTerminal
import KernelWire
import ModuleJSON

/// What the kernel says of its own accord, on the client's thread.
extension ReplSession {
    func hear(_ method: String, _ params: JSON) {
        switch method {
        case CallNews.started, CallNews.progress, CallNews.output:
            if let news = try? params.decode(CallNews.self) { hearCall(method, news) }
        case KernelNews.method:
            if let news = try? params.decode(KernelNews.self) { hear(news) }
        case LogEntry.method:
            if let entry = try? params.decode(LogEntry.self) { hear(entry) }
        default: hearChat(method, params)  // A newer kernel may have more to say.
        }
    }

    private func hear(_ news: KernelNews) {
        output.aside(NewsLines.text(news))
        if news.module != nil { refreshModules() }
    }

    /// What is less than a warning is seen with /log.
    private func hear(_ entry: LogEntry) {
        guard let level = LogLevel(name: entry.level), level >= .warning else { return }
        output.aside(StyledText("\(entry.module) \(entry.level): \(entry.text)", .dim))
    }
}
