import Glibc
import KernelBase
import KernelHosting
import KernelSandbox
import KernelSystem
import KernelTesting
import KernelWorkers
import Testing

/// What a worker can do with a connection that the host gives it, and with nothing else: by an
/// ordinary user, who owns the one that he tries to reach with it.
@Suite(.timeLimit(.minutes(2)), .blocking)
struct ConnectionClimbTests {
    /// Hands out connections to one server, whatever the order says.
    private final class Host: ModuleAsker {
        let port: UInt16

        init(_ port: UInt16) {
            self.port = port
        }

        func newID() -> UInt64 { 1 }

        func ask(_ ask: ModuleAsk, _ listener: any CallListener) {
            let connection = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = port.bigEndian
            address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
            let result = withUnsafePointer(to: address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    connect(connection, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
                }
            }
            let passed = PassedDescriptor(FileDescriptor(owning: connection))
            guard result == 0, ask.task == "connect", ask.errand != nil else {
                return listener.callFinished(.failure(.failed, "no connection"))
            }
            listener.callHanded(passed, ErrandNews(1, []))
        }

        func cancel(_ id: UInt64) {}
        func credit(_ id: UInt64, bytes: UInt64) {}
        func deliver(_ job: @escaping @Sendable () -> Void) { job() }
    }

    private func echo() throws -> LoopbackServer {
        try LoopbackServer { connection, _ in
            while let piece = connection.piece() { connection.send(piece) }
        }
    }

    @Test func `a module talks over it, and sets what does no harm`() throws {
        let bench = try ClimbingBench()
        let server = try echo()
        let worker = try bench.worker(try bench.walls(), host: Host(server.port))
        #expect(try bench.climb("talk", "hello", in: worker) == .climbed("hello"))
        #expect(try bench.climb("set_options", "", in: worker) == .climbed("climbed"))
    }

    /// With what each says when it is refused.
    private static let climbs: [(name: String, words: String)] = [
        ("reconnect", "a socket"), ("send_elsewhere", "a socket"), ("send_fast", "sendmsg"),
        ("send_fast_many", "sendmmsg"), ("bind_connection", "a socket"),
        ("listen_on_connection", "a socket"), ("accept_from_connection", "a socket"),
        ("filter_connection", "setsockopt"), ("signal_by_connection", "fcntl"),
        ("signal_by_request", "ioctl"), ("other_protocol", "setsockopt"),
        ("list_interfaces", "ioctl"), ("allow_reuse", "setsockopt"),
    ]

    /// What the system lets an ordinary user do without the walls.
    private static let possible: Set = [
        "reconnect", "listen_on_connection", "signal_by_connection", "signal_by_request",
        "list_interfaces", "allow_reuse",
    ]

    @Test func `it leads nowhere else and is good for nothing else`() throws {
        let bench = try ClimbingBench()
        let server = try echo()
        let closed = try bench.walls(), open = try bench.walls(strength: .off)
        for (name, words) in Self.climbs {
            let what = name.hasPrefix("signal") ? "\(bench.victim)" : bench.listener.port
            let end = try bench.climb(
                name, what, in: try bench.worker(closed, host: Host(server.port)))
            #expect(end.isRefused && end.text.contains("the sandbox refused"), "\(name): \(end)")
            #expect(end.text.contains(words), "\(name): \(end)")
            guard Self.possible.contains(name) else { continue }
            let without = try bench.climb(
                name, what, in: try bench.worker(open, host: Host(server.port)))
            #expect(without.isClimbed, "\(name): \(without)")
        }
    }
}
