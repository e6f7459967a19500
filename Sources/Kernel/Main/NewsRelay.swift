import KernelBuilds
import KernelGenerations
import KernelLoader
import KernelServer
import KernelTasks
import KernelWire
import Synchronization

/// Carries news from parts that are made before the server to the server's clients. What was told
/// too early the server hears when it is there.
final class NewsRelay: Sendable {
    private let state = Mutex(State())

    private struct State {
        var server: KernelServer?
        var engine: TaskEngine?
        var early: [KernelNews] = []
    }

    /// More than this is not said while a kernel is put together.
    private static let earlyMax = 32

    func attach(_ server: KernelServer, _ engine: TaskEngine?) {
        let early = state.withLock { state in
            state.server = server
            state.engine = engine
            defer { state.early = [] }
            return state.early
        }
        for news in early { server.broadcast(news) }
    }

    private var server: KernelServer? { state.withLock { $0.server } }

    func tell(_ event: TaskEvent) {
        server?.tell(event)
    }

    func tell(_ event: LoaderEvent) {
        if case .serving = event { state.withLock { $0.engine }?.modulesChanged() }
        tell(NewsText.news(event))
    }

    /// What tasks have to say to everybody; what became of those of the kernel before stays.
    func tell(_ report: TaskReport) {
        let news = NewsText.news(report)
        guard case .recovered = report, let server else { return tell(news) }
        server.keep(news)
    }

    func tell(_ line: LogEntry) {
        server?.broadcast(line)
    }

    func tell(_ news: KernelNews) {
        let server = state.withLock { state in
            if state.server == nil, state.early.count < Self.earlyMax { state.early.append(news) }
            return state.server
        }
        server?.broadcast(news)
    }
}
