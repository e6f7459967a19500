import ModuleKit
import Testing

@testable import ModuleKitTesting

/// Talks over connections.
private final class Caller: Module {
    static let manifest = Manifest(
        id: "caller", version: "1.0.0", about: "Calls.",
        permissions: .init(network: ["a.example:7", "[::1]:7"]))
    static let tasks: [TaskOf<Caller>] = [
        TaskOf("exchange", "Sends all, then reads all.", risk: .read, run: exchange),
        TaskOf("wait", "For whatever comes.", risk: .read, run: wait),
        TaskOf("close", "While it is being read.", risk: .read, run: close),
        TaskOf("keep", "One that outlasts the call.", risk: .read, run: keep),
    ]

    struct Place: Arguments {
        @Argument("Which host.", default: "a.example") var host: String
        @Argument("What is said, so often.", default: 1) var times: Int
    }

    private let host: Host

    init(_ host: Host) {
        self.host = host
    }

    func exchange(_ place: Place, _ call: Call) async throws -> String {
        let server = try await call.connect(to: place.host, port: 7)
        async let answer = all(server)
        for _ in 0..<place.times { try await server.write("0123456789") }
        server.finishWriting()
        return "\(server.place): \(try await answer)"
    }

    private func all(_ server: Connection) async throws -> Int {
        var count = 0
        while true {
            let piece = try await server.read(atMost: 1_000)
            if piece.isEmpty { return count }
            count += piece.count
        }
    }

    func wait(_ call: Call) async throws -> String {
        let server = try await call.connect(to: "a.example", port: 7, within: 1)
        call.progress(0.5, "connected")
        return String(decoding: try await server.read(), as: UTF8.self)
    }

    func close(_ call: Call) async throws -> String {
        let server = try await call.connect(to: "a.example", port: 7)
        async let piece = server.read()
        try await server.write("so")
        server.close()
        do {
            return "read \(try await piece.count)"
        } catch {
            return "\(error)"
        }
    }

    func keep(_ call: Call) async throws -> String {
        let server = try await host.connect(to: "a.example", port: 7)
        return "kept \(server.place)"
    }
}

@Suite(.timeLimit(.minutes(1))) struct ConnectionTests {
    private func host(
        _ server: (@Sendable (ConnectionStandIn) async throws -> Void)?
    ) throws -> TestHost {
        var outside = Outside()
        outside.connections = server
        return try TestHost(Caller.self, outside: outside)
    }

    private static let echo: @Sendable (ConnectionStandIn) async throws -> Void = { other in
        while true {
            let piece = try await other.read()
            if piece.isEmpty { return }
            try await other.write(piece)
        }
    }

    /// More than both sides' buffers hold, so that each has to wait for the other.
    @Test(arguments: [1, 200_000])
    func `what is sent is read, and its end`(times: Int) async throws {
        let host = try host(Self.echo)
        let outcome = try await host.call("exchange", ["times": .integer(Int64(times))])
        #expect(outcome.text == "a.example:7: \(times * 10)", "\(outcome)")
        #expect(try await host.call("exchange", ["host": "::1"]).text == "[::1]:7: 10")
        try host.close()
    }

    @Test func `a place that the permission does not name is refused, and named`() async throws {
        let host = try host(Self.echo)
        let outcome = try await host.call("exchange", ["host": "b.example"])
        #expect(outcome.status == .denied)
        #expect(
            outcome.message
                == "connect: reaching b.example:7 is refused: add \"b.example:7\" to "
                + "permissions.network in the manifest")
        try host.close()
    }

    @Test func `a server that is not there is a failure with its sentence`() async throws {
        let nobody = try host(nil)
        #expect(
            try await nobody.call("wait").message
                == "connect: the test gives nobody who takes connections; "
                + "set connections of Outside"
        )
        try nobody.close()
    }

    @Test func `a read that is cancelled ends the connection`() async throws {
        let host = try host { other in
            // The module's end.
            let rest = try await other.read()
            #expect(rest.isEmpty)
        }
        let call = try host.begin("wait")
        while call.progress.isEmpty { await Task.yield() }
        call.cancel()
        #expect(try await call.outcome().status == .cancelled)
        try host.close()
    }

    @Test func `an end that the host brings about is no end of the other side`() async throws {
        let host = try host { _ in throw Failure("connect: the server is gone", .failed) }
        let outcome = try await host.call("wait")
        #expect(outcome.status != nil, "\(outcome)")
        try host.close()
    }

    @Test func `closing ends a read`() async throws {
        let host = try host { other in
            while try await !other.read().isEmpty {}
        }
        #expect(try await host.call("close").text.contains("was ended"))
        try host.close()
    }

    @Test func `one of the host's outlasts a call, and the redis of the tutorial answers`()
        async throws
    {
        let host = try host { _ in }
        #expect(try await host.call("keep").text == "kept a.example:7")
        try host.close()
        var outside = Outside()
        outside.connections = { other in
            #expect(other.place == "127.0.0.1:6379")
            let said = try await other.read()
            #expect(said == Array("PING\r\n".utf8))
            try await other.write("+PONG\r\n")
        }
        let larder = try TestHost(Larder.self, outside: outside)
        #expect(try await larder.call("ping").text == "+PONG\r\n")
        try larder.close()
    }
}
