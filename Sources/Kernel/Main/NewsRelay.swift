import KernelBuilds
import KernelLoader
import KernelServer
import KernelWire
import Synchronization

/// Carries news from parts that are made before the server to the server's clients.
final class NewsRelay: Sendable {
    private let server = Mutex<KernelServer?>(nil)

    func attach(_ server: KernelServer) {
        self.server.withLock { $0 = server }
    }

    func tell(_ event: LoaderEvent) {
        server.withLock { $0 }?.broadcast(NewsText.news(event))
    }

    func tell(_ line: LogEntry) {
        server.withLock { $0 }?.broadcast(line)
    }

    func tell(_ news: KernelNews) {
        server.withLock { $0 }?.broadcast(news)
    }
}
