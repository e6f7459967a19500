import KernelBase
import KernelBuilds
import KernelGenerations
import KernelLoader
import KernelLocal
import KernelModels
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

    /// Of a model that takes a while: that it begins and ends as a line, between them how far.
    func tell(_ load: LocalLoad) {
        server?.broadcast(
            ModelLoading(
                model: load.model, state: load.state.rawValue, fraction: load.progress.fraction,
                note: load.progress.note))
        let note = load.progress.note
        let about = note.isEmpty ? "" : " (\(note))"
        let took = Amount.duration(milliseconds: load.seconds * 1_000)
        switch load.state {
        case _ where load.isFirst:
            tell(Self.news("\(load.model) is loading\(about)", "info"))
        case .ready, .lent: tell(Self.news("\(load.model) is ready, after \(took)", "success"))
        case .failed:
            tell(Self.news("\(load.model) was not loaded: \(note)", "error"))
        case _ where load.isOver: tell(Self.news("\(load.model) is not loaded any more", "info"))
        default: break
        }
    }

    private static func news(_ text: String, _ tone: String) -> KernelNews {
        KernelNews(event: "model", text: text, tone: tone)
    }

    func tell(_ news: KernelNews) {
        let server = state.withLock { state in
            if state.server == nil, state.early.count < Self.earlyMax { state.early.append(news) }
            return state.server
        }
        server?.broadcast(news)
    }
}
