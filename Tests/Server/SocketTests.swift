import KernelServer
import KernelSystem
import KernelTesting
import KernelWire
import ModuleJSON
import Testing

/// What a client at the socket may count on, however its bytes fall.
@Suite(.timeLimit(.minutes(2)))
struct SocketTests {
    private let bench: SocketBench

    init() throws {
        bench = try SocketBench()
    }

    private static let hello = Array(
        #"{"jsonrpc":"2.0","id":"hello","method":"initialize","params":{"protocolVersion":1}}"#
            .utf8)
    private static let list = Array(
        #"{"jsonrpc":"2.0","id":2,"method":"module.list"}"#.utf8)

    private func reply(_ peer: SocketPeer) throws -> RequestID {
        try peer.wait { message in
            if case .reply(let id, _) = message { id } else { nil }
        }
    }

    @Test(arguments: [1, 2, 7, 1_000])
    func `a conversation is the same in any pieces, and ids come back as they were`(
        piece: Int
    ) throws {
        let peer = try bench.connect()
        let bytes = Array("\r\n\n".utf8) + Self.hello + Array("\r\n\n".utf8) + Self.list + [0x0A]
        for start in stride(from: 0, to: bytes.count, by: piece) {
            try peer.send(Array(bytes[start..<min(start + piece, bytes.count)]))
        }
        #expect(try reply(peer) == RequestID("hello"))
        #expect(try reply(peer) == 2)
    }

    @Test func `what is no message is answered, and the conversation goes on`() throws {
        let peer = try bench.client()
        let nothing: [(String, Int64)] = [
            ("frob", -32700), ("\u{0}", -32700), ("[{}]", -32600), ("{}", -32600),
            (String(repeating: "[", count: 50_000), -32700),
        ]
        for (line, code) in nothing {
            try peer.send(line + "\n")
            let (id, error) = try peer.failure()
            #expect(id == nil && error.code == code)
        }
        try peer.send([0xFF, 0x22, 0x0A])
        #expect(try peer.failure().1.code == -32700)
        #expect(try peer.ask(WireMethod.listModules).get() == [])
        #expect(try peer.ask("frob").failure?.code == -32601)
    }

    @Test func `a client of another version is refused in words`() throws {
        let peer = try bench.connect()
        let error = try peer.ask(Introduction.method, ["protocolVersion": 99]).failure
        #expect(error?.code == -32002)
        #expect(error?.message.contains("version 1") == true)
        #expect(error?.message.contains("version 99") == true)
        #expect(try peer.ask(WireMethod.listModules).failure?.code == -32600)
        #expect(try peer.ask(Introduction.method, ["protocolVersion": 1]).failure == nil)
    }

    @Test(
        arguments: [
            ["stateFolder": "/elsewhere"], ["configurationFile": "/elsewhere"],
        ] as [JSON])
    func `a client that wants another kernel is told which this is`(params: JSON) throws {
        let error = try bench.connect().ask(Introduction.method, params).failure
        #expect(error?.code == -32002)
        #expect(error?.message.contains("/elsewhere") == true)
        #expect(error?.message.contains(bench.bench.folder.path) == true)
    }

    @Test func `a client that says no more still gets its replies`() throws {
        try bench.bench.install("chatter")
        let peer = try bench.connect()
        let run = #"{"jsonrpc":"2.0","id":3,"method":"call.run","params":"#
        let order = #"{"task":"chatter.print","text":""}}"#
        try peer.send(Self.hello + [0x0A] + Array((run + order + "\n").utf8))
        peer.endInput()
        let outcome = try peer.answer(to: 3).get().decode(CallAnswer.self)
        #expect(outcome.value == "one")
        try peer.waitForEnd()
        try waitFor("the client to be let go of") { bench.sockets.clientCount == 0 }
    }

    @Test func `what a client wanted ends when it goes`() throws {
        try bench.bench.install("chatter")
        let gone = try bench.client()
        let other = try bench.client()
        for _ in 0..<5 { try gone.begin(RunCall.method, ["task": "chatter.wait", "text": ""]) }
        func running() throws -> Int {
            try other.ask(WireMethod.listCalls).get().decode([CallListing].self).count
        }
        try waitFor("the calls to run") { try running() == 5 }
        gone.close()
        try waitFor("the calls to end") { try running() == 0 }
    }

    @Test func `a client that goes before its call began leaves none behind`() throws {
        try bench.bench.install("chatter")
        for _ in 0..<50 {
            let peer = try bench.client()
            try peer.begin(RunCall.method, ["task": "chatter.wait", "text": ""])
            peer.close()
        }
        let other = try bench.client()
        try waitFor("no call to be left") {
            try other.ask(WireMethod.listCalls).get() == [] && bench.sockets.clientCount == 1
        }
    }

    @Test func `a long request is read like a short one, and before the next`() throws {
        try bench.bench.install("chatter")
        let peer = try bench.client()
        let text = String(repeating: "x", count: 3 << 20)
        let long = try peer.begin(
            RunCall.method, ["task": "chatter.answer", "text": .string(text)])
        let list = try peer.begin(WireMethod.listModules)
        var order: [RequestID] = []
        while order.count < 2 {
            let next: RequestID = try peer.wait { message in
                switch message {
                case .reply(let id, _): id
                case .notification(CallNews.started, let params):
                    params["request"].flatMap { RequestID(json: $0) }
                default: nil
                }
            }
            if !order.contains(next) { order.append(next) }
        }
        #expect(order == [long, list])
    }

    @Test func `all clients hear the same news`() throws {
        let clients = try (0..<3).map { _ in try bench.client() }
        let stranger = try bench.connect()
        for number in 0..<20 {
            bench.bench.server.broadcast(
                KernelNews(event: "n\(number)", text: "text", tone: "info"))
        }
        for client in clients {
            for number in 0..<20 { #expect(try client.news("n\(number)").text == "text") }
        }
        bench.sockets.stop()
        #expect(try stranger.next() == nil)
    }

    @Test func `the end says what was to be said`() throws {
        let peer = try bench.client()
        bench.bench.server.broadcast(KernelNews(event: "ending", text: "x", tone: "warning"))
        bench.sockets.stop()
        #expect(try peer.news("ending").text == "x")
        #expect(try peer.next() == nil)
        #expect(throws: SystemError.self) { _ = try UnixSocket.connect(to: bench.path) }
    }
}

extension Result where Failure == WireError {
    var failure: WireError? {
        if case .failure(let error) = self { error } else { nil }
    }
}
