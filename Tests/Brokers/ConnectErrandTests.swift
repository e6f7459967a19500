import Glibc
import KernelBase
import KernelHosting
import KernelSystem
import KernelTesting
import ModuleJSON
import Testing

@testable import KernelBrokers

/// Errands that connect to servers on this machine. `.blocking`: each test waits for a server.
@Suite(.timeLimit(.minutes(2)), .blocking)
struct ConnectErrandTests {
    private let brokers: Brokers

    init() {
        brokers = Brokers(run: { $0() }, alarms: .shared) {
            throw ErrandRefusal(.unsupported, "")
        }
    }

    private final class Ear: CallListener {
        struct Heard {
            var connection: PassedDescriptor?
            var ends: [CallOutcome] = []
        }

        let heard = Condition(Heard())

        func callFinished(_ outcome: CallOutcome) { change { $0.ends.append(outcome) } }
        func callProgressed(fraction: Double?, note: String) {}
        func callPrinted(_ kind: PayloadKind, _ piece: [UInt8]) {}
        func callHanded(_ descriptor: PassedDescriptor, _ news: ErrandNews) {
            change { $0.connection = descriptor }
        }

        private func change(_ body: (inout Heard) -> Void) {
            heard.withLock { body(&$0) }
            heard.broadcast()
        }

        private func wait<Value>(for value: @escaping (Heard) -> Value?) throws -> Value {
            let deadline = SystemClock.monotonicNanoseconds + 30_000_000_000
            return try #require(heard.wait(untilNanoseconds: deadline) { value($0) })
        }

        /// The module's descriptor of the connection, which it never closes.
        func connection() throws -> PassedDescriptor { try wait { $0.connection } }

        func end() throws -> CallOutcome { try wait { $0.ends.first } }

        var hasEnded: Bool { heard.withLock { !$0.ends.isEmpty } }
    }

    private func connect(
        _ order: JSON, network: [String], id: UInt64 = 1, afterSeconds: Double? = nil
    ) -> Ear {
        let ear = Ear()
        var errand = Errand(id: id, module: "m", service: "connect", order: order.serialized()) {
            var doors = OpenedDoors()
            doors.network = network
            return doors
        }
        if let afterSeconds {
            errand.deadlineNanoseconds =
                SystemClock.monotonicNanoseconds + SystemClock.nanoseconds(ofSeconds: afterSeconds)
        }
        brokers.begin(errand, ear)
        return ear
    }

    private func order(_ server: LoopbackServer, host: String = "127.0.0.1") -> JSON {
        ["host": .string(host), "port": .integer(Int64(server.port))]
    }

    /// Greets, answers each piece, and counts those that have left.
    private func echo(_ left: Condition<Int> = Condition(0)) throws -> LoopbackServer {
        try LoopbackServer { connection, _ in
            connection.send("hello")
            while let piece = connection.piece() { connection.send(piece) }
            left.withLock { $0 += 1 }
            left.broadcast()
        }
    }

    private func waitForOne(_ left: Condition<Int>) -> Bool {
        let deadline = SystemClock.monotonicNanoseconds + 30_000_000_000
        return left.wait(untilNanoseconds: deadline) { $0 > 0 ? true : nil } == true
    }

    private func said(_ connection: PassedDescriptor) throws -> String {
        let raw = try #require(connection.raw)
        var bytes = [UInt8](repeating: 0, count: 64)
        let count = recv(raw, &bytes, bytes.count, 0)
        return count < 0 ? "error \(errno)" : String(decoding: bytes[..<count], as: UTF8.self)
    }

    // MARK: A connection

    @Test func `the module talks to the server that its permission names`() throws {
        let server = try echo()
        let ear = connect(order(server), network: ["127.0.0.1:\(server.port)"])
        let connection = try ear.connection()
        // What a server says first is not lost.
        #expect(try said(connection) == "hello")
        let raw = try #require(connection.raw)
        #expect(send(raw, "ping", 4, 0) == 4)
        #expect(try said(connection) == "ping")
        #expect(fcntl(raw, F_GETFL) & O_NONBLOCK == 0 && fcntl(raw, F_GETFD) & FD_CLOEXEC != 0)
        #expect(!ear.hasEnded && brokers.count == 1)
    }

    @Test func `localhost and addresses of IPv6 are places like others`() throws {
        let server = try echo()
        let local = connect(
            order(server, host: "localhost"), network: ["localhost:\(server.port)"])
        #expect(try said(local.connection()) == "hello")
        let nobody = connect(
            ["host": "::1", "port": 1], network: ["[::1]:1"], id: 2)
        let end = try nobody.end()
        #expect(
            end.status == .failed && end.message.hasPrefix("connect: ::1 does not take"), "\(end)")
    }

    // MARK: Its end

    @Test func `with the errand the connection ends, although the module keeps its descriptor`()
        throws
    {
        let left = Condition(0)
        let server = try echo(left)
        let ear = connect(order(server), network: ["127.0.0.1:*"])
        let connection = try ear.connection()
        #expect(try said(connection) == "hello")
        brokers.cancel(1)
        #expect(try ear.end() == .failure(.cancelled, "connect: the connection was ended"))
        #expect(waitForOne(left) && brokers.count == 0)
        #expect(try said(connection) == "")
    }

    @Test func `a connection ends at its deadline`() throws {
        let left = Condition(0)
        let server = try echo(left)
        let ear = connect(order(server), network: ["127.0.0.1:*"], afterSeconds: 0.3)
        let connection = try ear.connection()
        #expect(
            try ear.end()
                == .failure(.deadline, "connect: the connection has reached its deadline"))
        #expect(waitForOne(left))
        withExtendedLifetime(connection) {}
        let late = connect(order(server), network: ["127.0.0.1:*"], id: 2, afterSeconds: 0)
        #expect(try late.end().message == "connect: its deadline had passed before it began")
    }

    @Test func `all end with the host`() throws {
        let left = Condition(0)
        let server = try echo(left)
        let ear = connect(order(server), network: ["127.0.0.1:*"])
        let connection = try ear.connection()
        brokers.close()
        #expect(try ear.end().status == .cancelled && waitForOne(left))
        withExtendedLifetime(connection) {}
    }

    @Test func `one that is cancelled before it is made never comes`() throws {
        let full = try FullListener()
        let ear = connect(
            ["host": "127.0.0.1", "port": .integer(Int64(full.port))], network: ["127.0.0.1:*"])
        brokers.cancel(1)
        #expect(try ear.end().status == .cancelled)
        #expect(ear.heard.withLock { $0.connection == nil } && brokers.count == 0)
    }

    // MARK: What is refused

    @Test func `without the permission nothing is connected, and it is named`() throws {
        let server = try echo()
        let place = "127.0.0.1:\(server.port)"
        for network in [[], ["*"], ["*:\(server.port)"], ["localhost:*"], ["127.0.0.1:1"]] {
            let end = try connect(order(server), network: network).end()
            #expect(
                end
                    == .failure(
                        .denied,
                        "connect: reaching \(place) is refused: module m does not have the "
                            + "permission; add \"\(place)\" to permissions.network in its "
                            + "manifest, or network = [\"+\(place)\"] to "
                            + "[modules.m.permissions] in kernel.toml"))
        }
        for host in ["0.0.0.0", "::"] {
            let end = try connect(order(server, host: host), network: ["\(host):*", "*"]).end()
            #expect(end.status == .invalid && end.message.contains("no address of a server"))
        }
        #expect(server.connections == 0)
    }

    /// The address is checked when it is connected to: whatever a name leads to by then.
    @Test(.enabled(if: InnocentName.found != nil))
    func `a name that leads to this machine opens nothing`() throws {
        let server = try echo()
        let name = try #require(InnocentName.found)
        let place = name.address.contains(":") ? "[\(name.address)]" : name.address
        for network in [["\(name.text):\(server.port)"], ["*"]] {
            let end = try connect(order(server, host: name.text), network: network).end()
            #expect(end.status == .denied)
            #expect(end.message.contains("leads to \(name.address), an address of this machine"))
            #expect(end.message.contains("network = [\"+\(place):\(server.port)\"]"))
        }
        #expect(server.connections == 0)
    }

    @Test(arguments: [
        (#"{}"#, #"the order has no "host""#),
        (#"{"host": "a.example"}"#, #"the order has no "port""#),
        (#"{"host": "a.example", "port": 0}"#, #""port" is not a port from 1 to 65535"#),
        (#"{"host": "a.example", "port": 65536}"#, #""port" is not a port from 1 to 65535"#),
        (#"{"host": "a.example", "port": "80"}"#, #""port" is not a port from 1 to 65535"#),
        (#"{"host": "a.example/x", "port": 80}"#, #""a.example/x" is no name of a host"#),
        (#"{"host": "u@a.example", "port": 80}"#, #""u@a.example" is no name of a host"#),
        (#"{"host": "[::1]", "port": 80}"#, #""[::1]" is no name of a host"#),
        (#"{"host": "127.1", "port": 80}"#, #""127.1" is no name of a host"#),
        (#"{"host": "2130706433", "port": 80}"#, #""2130706433" is no name of a host"#),
        (#"{"host": "", "port": 80}"#, #""" is no name of a host"#),
        (
            #"{"host": "a.example", "port": 80, "tls": true}"#,
            #"the member "tls", which is unknown"#
        ),
        (
            #"{"host": "a.example", "port": 80, "connectSeconds": 601}"#,
            #""connectSeconds" is not between 0 and 600.0"#
        ),
    ])
    func `a wrong order is refused, and says what is wrong`(text: String, words: String) throws {
        let end = try connect(try JSON(parsing: text), network: ["*"]).end()
        #expect(end.status == .invalid && end.message.contains(words), "\(end)")
    }

    @Test func `who does not take the connection is told, and who does not answer`() throws {
        let server = try echo()
        server.stop()
        let refused = try connect(
            ["host": "127.0.0.1", "port": .integer(Int64(FullListener.unusedPort()))],
            network: ["127.0.0.1:*"]
        ).end()
        #expect(refused.status == .failed)
        #expect(refused.message.contains("127.0.0.1 does not take the connection"))
        let full = try FullListener()
        let silent = try connect(
            ["host": "127.0.0.1", "port": .integer(Int64(full.port)), "connectSeconds": 0.2],
            network: ["127.0.0.1:*"], id: 2
        ).end()
        #expect(
            silent == .failure(.deadline, "connect: 127.0.0.1 did not take the connection in time"))
    }

    @Test func `a module has so many at once, and another one again when one has ended`() throws {
        let server = try echo()
        let most = ConnectBroker.connectionsMax
        let ears = (1...most).map { id in
            connect(order(server), network: ["127.0.0.1:*"], id: UInt64(id))
        }
        for ear in ears { _ = try ear.connection() }
        let beyond = try connect(order(server), network: ["127.0.0.1:*"], id: 100).end()
        #expect(
            beyond
                == .failure(
                    .limit,
                    "connect: m has \(most) connections already: one ends with its errand, and not "
                        + "when its descriptor is closed"))
        brokers.cancel(1)
        _ = try ears[0].end()
        _ = try connect(order(server), network: ["127.0.0.1:*"], id: 101).connection()
    }
}

/// Listens and takes nobody: whoever connects waits.
private final class FullListener {
    let port: UInt16
    private var sockets: [Int32] = []

    init() throws {
        let listening = Self.make()
        port = Self.bound(listening)
        sockets = [listening]
        try #require(listen(listening, 0) == 0)
        // So many the system keeps for it all the same.
        for _ in 0..<4 {
            let waiting = Self.make(SOCK_NONBLOCK.rawValue)
            sockets.append(waiting)
            Self.withLoopback(port) { _ = Glibc.connect(waiting, $0, $1) }
        }
    }

    deinit {
        for socket in sockets { close(socket) }
    }

    static func unusedPort() -> UInt16 {
        let socket = make()
        defer { close(socket) }
        return bound(socket)
    }

    private static func make(_ flags: UInt32 = 0) -> Int32 {
        socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | flags), 0)
    }

    private static func bound(_ socket: Int32) -> UInt16 {
        var own = sockaddr_in()
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        withLoopback(0) { _ = bind(socket, $0, $1) }
        withUnsafeMutablePointer(to: &own) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                _ = getsockname(socket, $0, &length)
            }
        }
        return UInt16(bigEndian: own.sin_port)
    }

    private static func withLoopback(
        _ port: UInt16, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Void
    ) {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        withUnsafePointer(to: address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }
}
