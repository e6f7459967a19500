import KernelBase
import KernelConfig
import KernelServer
import KernelSystem
import KernelWire
import Synchronization

/// The way in for clients of other processes: the lock of the state folder, the socket, and
/// whoever has to be told that it is open.
final class KernelDoor: Sendable {
    let place: KernelPlace
    private let service: ServiceManager
    private let mainProcess: Int32
    private let clients = Mutex<SocketServer?>(nil)

    /// A client is one descriptor, and a worker a few.
    private static let descriptorsMax: UInt64 = 16_384

    /// Makes this process the kernel of its state folder. Clients can connect from now on, and wait
    /// until the door is open.
    init(_ startup: Startup, _ service: ServiceManager) throws {
        self.service = service
        mainProcess = startup.mainProcess
        DescriptorLimit.raise(to: Self.descriptorsMax)
        place = try KernelPlace(
            startup.paths, version: KernelParts.version, inherited: service.listener
        ) {
            StandardStreams.complain("kernel: waiting for commands that are at work to end")
        }
    }

    func open(_ server: KernelServer, pool: ThreadPool, log: LogStore) throws {
        guard let listener = place.takeListener() else { return }
        let clients = try SocketServer(
            listener, pool: pool, accept: { server.connect($0) },
            warn: { log.add(LogLine(module: "kernel", level: .warning, text: $0)) })
        try clients.start()
        self.clients.withLock { $0 = clients }
        service.tell("READY=1\nMAINPID=\(mainProcess)")
    }

    /// Lets nobody in any more. Who is connected hears of the end.
    func beginClosing(_ server: KernelServer) {
        service.tell("STOPPING=1")
        clients.withLock { $0 }?.stopAccepting()
        server.broadcast(
            KernelNews(event: "ending", text: "The kernel is ending.", tone: "warning"))
    }

    /// Parts with who is still connected.
    func close() {
        clients.withLock { $0.take() }?.stop()
        place.leave()
    }
}
