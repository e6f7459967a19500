import KernelClient
import KernelSystem
import KernelTerminal
package import KernelWire
import ModuleJSON

/// `kernel module reload`: has a module's file read again, and says what came of it.
package final class ReloadCommand: Sendable {
    private let client: WireClient
    private let module: String
    private let streams: CommandStreams
    private let news = Condition<KernelNews?>(nil)

    /// A build is probed and drained within its own deadlines.
    private static let patienceNanoseconds: UInt64 = 120_000_000_000
    private static let ends: Set<String> = ["loaded", "reloaded", "refused"]

    package init(
        _ transport: any WireTransport, _ introduction: Introduction, module: String,
        _ streams: CommandStreams = CommandStreams()
    ) {
        client = WireClient(transport, introduction)
        self.module = module
        self.streams = streams
    }

    /// From any thread: `run` waits no longer. What was asked for goes on.
    package func interrupt() { client.close() }

    /// To be called once, on a thread that may block.
    package func run() -> ExitStatus {
        let status = reload()
        defer { client.close() }
        return client.isLeft ? .interrupted : status
    }

    private func reload() -> ExitStatus {
        do {
            try client.start(
                onNotification: { self.hear($0, $1) }, onClosed: { self.news.broadcast() })
            _ = try client.request(Welcome.self)
            _ = try client.request(WireMethod.reloadModule, ["id": .string(module)])
        } catch let error as WireError {
            complain("\(error)")
            return error.isNotFound ? .notFound : .failed
        } catch {
            complain("\(error)")
            return .failed
        }
        return end()
    }

    private func end() -> ExitStatus {
        let deadline = SystemClock.monotonicNanoseconds + Self.patienceNanoseconds
        let client = client
        let end = news.wait(untilNanoseconds: deadline) { news -> KernelNews?? in
            news.map { .some($0) } ?? (client.isClosed ? .some(nil) : nil)
        }
        switch end {
        case .some(.some(let news)) where news.tone == "success":
            streams.print(StyledText(news.sentence))
            return streams.finish(.ok)
        case .some(.some(let news)):
            complain(news.sentence)
            return .failed
        case .some(.none):
            complain("\(WireClient.kernelIsGone)")
            return .failed
        case .none:
            complain("nothing was heard of \(module); kernel modules says how it is")
            return .deadline
        }
    }

    private func complain(_ sentence: String) {
        if client.isLeft { return }
        streams.printError(StyledText("kernel: \(sentence)", .error))
    }

    private func hear(_ method: String, _ params: JSON) {
        guard method == KernelNews.method, let heard = try? params.decode(KernelNews.self),
            heard.module == module, Self.ends.contains(heard.event)
        else { return }
        news.withLock { $0 = $0 ?? heard }
        news.broadcast()
    }
}
