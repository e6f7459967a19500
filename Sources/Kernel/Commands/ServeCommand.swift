import KernelBase
import KernelClient
import KernelSystem
import KernelTerminal
package import KernelWire
import ModuleJSON

/// What `kernel serve` says: that it is ready, and then what happens, a line each.
package final class ServeCommand: Sendable {
    private let client: WireClient
    private let socket: String
    /// A line is an object: `method` and `params`, as clients are told it.
    private let printsJSON: Bool
    private let streams: CommandStreams
    private let isStopped = Condition(false)

    package init(
        _ transport: any WireTransport, _ introduction: Introduction, socket: String,
        printsJSON: Bool, _ streams: CommandStreams
    ) {
        client = WireClient(transport, introduction)
        self.socket = socket
        self.printsJSON = printsJSON
        self.streams = streams
    }

    /// To be called once, on a thread that may block; returns after `stop`.
    package func run() -> ExitStatus {
        defer { client.close() }
        do {
            try client.start(onNotification: { self.hear($0, $1) })
            let welcome = try client.request(Welcome.self)
            try greet(welcome)
        } catch {
            streams.printError(StyledText("kernel: \(error)", .error))
            return .failed
        }
        _ = isStopped.wait { $0 ? true : nil }
        if !printsJSON {
            streams.print(StyledText("kernel is ending: process \(ProcessFacts.id)"))
        }
        return .ok
    }

    /// From any thread.
    package func stop() {
        isStopped.withLock { $0 = true }
        isStopped.broadcast()
    }

    private func greet(_ welcome: Welcome) throws {
        guard !printsJSON else { return say(Welcome.method, try JSON.encode(welcome)) }
        for news in welcome.news ?? [] { say(news) }
        for notice in welcome.notices { say("warning", notice) }
        streams.print(StyledText(ready(welcome)))
    }

    private func say(_ news: KernelNews) {
        say(news.tone, news.text)
        for line in news.details { say(news.tone, "  \(line)") }
    }

    private func say(_ method: String, _ params: JSON) {
        let line: JSON = ["method": .string(method), "params": params]
        streams.print(StyledText(line.text))
    }

    private func ready(_ welcome: Welcome) -> String {
        let serving = welcome.modules.filter { $0.state == "serving" }.map(\.id).sorted()
        let list = serving.isEmpty ? "" : ": " + serving.joined(separator: ", ")
        let kind = welcome.isDevelopment ? " for development" : ""
        return "kernel \(welcome.kernelVersion)\(kind) is ready: process \(welcome.process), "
            + "socket \(socket), \(Amount.count(serving.count, "module")) in service\(list)"
    }

    private func say(_ level: String, _ text: String) {
        streams.print(StyledText("\(SystemClock.localTimeOfDay) \(level) \(text)"))
    }

    private func hear(_ method: String, _ params: JSON) {
        guard !printsJSON else { return say(method, params) }
        switch method {
        case KernelNews.method:
            if let news = try? params.decode(KernelNews.self) { say(news) }
        case LogEntry.method:
            guard let entry = try? params.decode(LogEntry.self) else { return }
            say(entry.level, "\(entry.module): \(entry.text)")
        default: break
        }
    }
}
