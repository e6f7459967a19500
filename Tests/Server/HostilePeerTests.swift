import KernelSystem
import KernelTesting
import KernelWire
import ModuleJSON
import Testing

@testable import KernelServer

/// Clients that harm: each costs the kernel little, and the others nothing.
@Suite(.timeLimit(.minutes(3)))
struct HostilePeerTests {
    private static let piece = [UInt8](repeating: UInt8(ascii: "x"), count: 1 << 20)

    @Test func `a stranger's line may be short only, and then the conversation ends`() throws {
        let bench = try SocketBench()
        let peer = try bench.connect()
        // It may be gone before all of it is taken.
        try? peer.send(Self.piece)
        #expect(try peer.failure().1.code == -32600)
        try peer.waitForEnd()
        try waitFor("the client to be let go of") { bench.sockets.clientCount == 0 }
    }

    @Test func `a line beyond the limit is told so, and the conversation ends`() throws {
        let bench = try SocketBench()
        let peer = try bench.client()
        let sender = Sender(peer)
        try SystemThread.start(name: "sender") { sender.run(pieces: 18) }
        let error = try peer.failure().1
        #expect(error.message.contains("\(WireFraming.requestBytesMax)"))
        try peer.waitForEnd()
        try waitFor("the sender to notice") { sender.hasEnded }
    }

    private final class Sender: Sendable {
        private let peer: SocketPeer
        private let state = Condition(false)

        init(_ peer: SocketPeer) {
            self.peer = peer
        }

        var hasEnded: Bool { state.withLock { $0 } }

        func run(pieces: Int) {
            for _ in 0..<pieces {
                guard (try? peer.send(HostilePeerTests.piece)) != nil else { break }
            }
            state.withLock { $0 = true }
        }
    }

    @Test func `who never introduces itself is parted with`() throws {
        var options = SocketServer.Options()
        options.introductionSeconds = 0.01
        let bench = try SocketBench(options)
        let silent = try bench.connect()
        let halting = try bench.connect()
        try halting.send(#"{"jsonrpc":"2.0","#)
        for peer in [silent, halting] {
            #expect(try peer.failure().1.message.contains("initialize"))
            try peer.waitForEnd()
        }
        let client = try bench.client()
        #expect(try client.ask(WireMethod.listModules).get() == [])
    }

    @Test func `a client that reads nothing holds nobody up, and is told what it missed`() throws {
        let bench = try SocketBench()
        let slow = try bench.client()
        let quick = try bench.client()
        let text = String(repeating: "x", count: 1_000)
        for number in 0..<5_000 {
            bench.bench.server.broadcast(
                KernelNews(event: "n\(number)", text: text, tone: "info"))
            if number % 100 == 99 { #expect(try quick.news("n\(number)").text == text) }
        }
        #expect(try quick.ask(WireMethod.listModules).get() == [])
        let lost = try slow.news("lost")
        #expect(lost.text.contains("pieces of news") && lost.tone == "warning")
        #expect(try slow.ask(WireMethod.listModules).get() == [])
    }

    @Test func `a client that takes nothing of much for long is parted with`() throws {
        var options = SocketServer.Options()
        options.standstillSeconds = 0.01
        let bench = try SocketBench(options)
        let stuck = try bench.client()
        let text = String(repeating: "x", count: 10_000)
        for number in 0..<300 {
            bench.bench.server.broadcast(
                KernelNews(event: "n\(number)", text: text, tone: "info"))
        }
        try waitFor("the client to be let go of") { bench.sockets.clientCount == 0 }
        try stuck.waitForEnd()
    }

    @Test func `who asks and never reads is not listened to any more`() throws {
        let bench = try SocketBench()
        let flooder = try bench.client()
        let quick = try bench.client()
        let request = WireMessage.request(id: 9, method: "frob", params: [:]).line
        let requests = Array(repeatElement(request, count: 1_000).joined())
        var sent = 0
        // Full, and still full after everybody else was served: nothing is taken any more.
        while true {
            let count = try flooder.offer(requests)
            sent += count
            if count < requests.count {
                _ = try quick.ask(WireMethod.listModules).get()
                let more = try flooder.offer([0x0A])
                if more == 0, try isStill(flooder, quick) { break }
            }
            try #require(sent < 64 << 20, "it is listened to without end")
        }
        #expect(try quick.ask(WireMethod.listModules).get() == [])
        _ = try flooder.failure()
    }

    /// Does a full socket stay full over many turns of the I/O thread?
    private func isStill(_ peer: SocketPeer, _ quick: SocketPeer) throws -> Bool {
        for _ in 0..<200 {
            _ = try quick.ask(WireMethod.listModules).get()
            if try peer.offer([0x0A]) > 0 { return false }
        }
        return true
    }

    @Test func `one client has so many requests in work, and no more`() throws {
        let bench = try SocketBench()
        try bench.bench.install("chatter")
        let peer = try bench.client()
        for _ in 0..<SocketConnection.requestsMax {
            try peer.begin(RunCall.method, ["task": "chatter.wait", "text": ""])
        }
        let refused = try peer.begin(RunCall.method, ["task": "chatter.wait", "text": ""])
        let (id, error) = try peer.failure()
        #expect(id == refused && error.code == -32003)
        let other = try bench.client()
        #expect(try other.ask(WireMethod.listModules).failure == nil)
        peer.close()
        try waitFor("its calls to end") { try other.ask(WireMethod.listCalls).get() == [] }
    }

    @Test func `a thousand clients are served at once`() throws {
        let bench = try SocketBench()
        let clients = try (0..<1_000).map { _ in try bench.client() }
        #expect(bench.sockets.clientCount == 1_000)
        bench.bench.server.broadcast(KernelNews(event: "all", text: "x", tone: "info"))
        for client in clients { #expect(try client.news("all").text == "x") }
        for client in clients { client.close() }
        try waitFor("all to be let go of") { bench.sockets.clientCount == 0 }
    }

    @Test func `clients beyond the limit are told so`() throws {
        var options = SocketServer.Options()
        options.clientsMax = 3
        let bench = try SocketBench(options)
        let clients = try (0..<3).map { _ in try bench.client() }
        #expect(try bench.connect().failure().1.code == -32003)
        clients[0].close()
        try waitFor("room") { bench.sockets.clientCount < 3 }
        _ = try bench.client()
    }

    @Test func `thousands that come and go leave nothing behind`() throws {
        let bench = try SocketBench()
        let hello = WireMessage.request(id: 1, method: Introduction.method, params: [:]).line
        for number in 0..<3_000 {
            let peer = try bench.connect()
            if number % 3 > 0 { try peer.send(number % 3 == 1 ? hello : Array(hello.dropLast(9))) }
            peer.close()
        }
        try waitFor("all to be let go of") { bench.sockets.clientCount == 0 }
        _ = try bench.client()
    }
}
