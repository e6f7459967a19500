import KernelBuilds
import KernelLoader
import KernelServer
import KernelTasks
import KernelWire
import Synchronization

/// Carries news from parts that are made before the server to the server's clients.
final class NewsRelay: Sendable {
    private let server = Mutex<KernelServer?>(nil)
    private let engine = Mutex<TaskEngine?>(nil)

    func attach(_ server: KernelServer, _ engine: TaskEngine?) {
        self.server.withLock { $0 = server }
        self.engine.withLock { $0 = engine }
    }

    func tell(_ event: TaskEvent) {
        server.withLock { $0 }?.tell(event)
    }

    func tell(_ event: LoaderEvent) {
        if case .serving = event { engine.withLock { $0 }?.modulesChanged() }
        server.withLock { $0 }?.broadcast(NewsText.news(event))
    }

    func tell(_ line: LogEntry) {
        server.withLock { $0 }?.broadcast(line)
    }

    func tell(_ news: KernelNews) {
        server.withLock { $0 }?.broadcast(news)
    }
}
