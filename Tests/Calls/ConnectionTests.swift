import KernelBase
import KernelBrokers
import KernelGenerations
import KernelLoader
import KernelResidence
import KernelSystem
import KernelTesting
import KernelWorkers
import ModuleJSON
import Testing

@testable import KernelCalls

/// What modules connect to, wherever they live. `.blocking`: each test waits for servers and
/// workers.
@Suite(.timeLimit(.minutes(3)), .blocking)
struct ConnectionTests {
    /// Where the module lives, and which tasks it connects with.
    enum Home: CaseIterable {
        case kernel, resident, worker

        var ending: String { self == .worker ? "_process" : "" }
    }

    private func bench(_ home: Home) throws -> KernelBench {
        let bench = try KernelBench { if home == .resident { $0.isolate() } }
        try bench.watch()
        return bench
    }

    private func serve(
        _ bench: KernelBench, network: [String], version: String = "1.0.0"
    ) throws {
        let list = network.map { #"\"\#($0)\""# }.joined(separator: ",")
        try bench.serve(
            "connector",
            defining: [
                ##"CONNECTOR_PERMISSIONS="\##(list)""##, #"FIXTURE_VERSION="\#(version)""#,
            ])
    }

    private func order(_ server: LoopbackServer) -> String {
        let order: JSON = ["host": "127.0.0.1", "port": .integer(Int64(server.port))]
        return order.text
    }

    /// Answers each piece, and counts those that have left.
    private func echo(_ left: Condition<Int> = Condition(0)) throws -> LoopbackServer {
        try LoopbackServer { connection, _ in
            while let piece = connection.piece() { connection.send(piece) }
            left.withLock { $0 += 1 }
            left.broadcast()
        }
    }

    private func waitForOne(_ left: Condition<Int>) -> Bool {
        let deadline = SystemClock.monotonicNanoseconds + 30_000_000_000
        return left.wait(untilNanoseconds: deadline) { $0 > 0 ? true : nil } == true
    }

    @Test(arguments: Home.allCases)
    func `a module talks to the server that its permission names`(home: Home) throws {
        let server = try echo()
        let bench = try bench(home)
        try serve(bench, network: ["127.0.0.1:\(server.port)"])
        for _ in 0..<40 {
            #expect(bench.call("fixture.talk\(home.ending)", order(server)).text == "ping")
        }
        try waitFor("nothing to be in flight") { bench.dispatcher.brokers.count == 0 }
        #expect(server.connections == 40)
    }

    @Test(arguments: Home.allCases)
    func `without the permission it is told which one is missing`(home: Home) throws {
        let server = try echo()
        let bench = try bench(home)
        try serve(bench, network: ["*", "127.0.0.1:1"])
        let place = "127.0.0.1:\(server.port)"
        #expect(
            bench.call("fixture.talk\(home.ending)", order(server)).text
                == "denied: connect: reaching \(place) is refused: module fixture does not have "
                + "the permission; add \"\(place)\" to permissions.network in its manifest, or "
                + "network = [\"+\(place)\"] to [modules.fixture.permissions] in kernel.toml")
        #expect(server.connections == 0)
    }

    /// The module waits for an end that only the host brings about.
    @Test(arguments: Home.allCases)
    func `a connection ends with the call that it is part of`(home: Home) throws {
        let left = Condition(0)
        let server = try echo(left)
        let bench = try bench(home)
        try serve(bench, network: ["127.0.0.1:*"])
        let late = bench.begin("fixture.wait\(home.ending)", order(server), timeoutSeconds: 0.5)
        #expect(late.wait().status == .deadline && waitForOne(left))
        left.withLock { $0 = 0 }
        let cancelled = bench.begin("fixture.wait\(home.ending)", order(server))
        try waitFor("the connection") { server.connections == 2 }
        _ = bench.dispatcher.board.cancel(cancelled.id)
        #expect(cancelled.wait().status == .cancelled && waitForOne(left))
        try waitFor("nothing to be in flight") { bench.dispatcher.brokers.count == 0 }
    }

    @Test(arguments: [Home.kernel, .resident])
    func `one that outlasts its call ends with its build`(home: Home) throws {
        let left = Condition(0)
        let server = try echo(left)
        let bench = try bench(home)
        try serve(bench, network: ["127.0.0.1:*"])
        #expect(bench.call("fixture.hold", order(server)).text == "held")
        #expect(bench.call("fixture.talk", order(server)).text == "ping" && waitForOne(left))
        left.withLock { $0 = 0 }
        try waitFor("the one that is held") { bench.dispatcher.brokers.count == 1 }
        // The module that is replaced closes nothing.
        try serve(bench, network: ["127.0.0.1:*"], version: "2.0.0")
        #expect(waitForOne(left))
        try waitFor("nothing to be in flight") { bench.dispatcher.brokers.count == 0 }
        #expect(bench.call("fixture.talk", order(server)).text == "ping")
    }

    @Test func `one that dies takes its connections along`() throws {
        let left = Condition(0)
        let server = try echo(left)
        let bench = try bench(.resident)
        try serve(bench, network: ["127.0.0.1:*"])
        #expect(bench.call("fixture.hold", order(server)).text == "held")
        try bench.resident().worker.kill()
        #expect(waitForOne(left))
        try waitFor("nothing to be in flight") { bench.dispatcher.brokers.count == 0 }
    }
}
