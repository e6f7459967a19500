import KernelBase
import KernelHTTP
import KernelHosting
import KernelSystem
import KernelTesting
import ModuleJSON
import Synchronization
import Testing

@testable import KernelBrokers

/// Errands with servers on this machine. `.blocking`: each test waits for a server.
@Suite(.timeLimit(.minutes(2)), .blocking)
struct HTTPErrandTests {
    private let brokers: Brokers
    /// The file that the configuration names.
    private let certificates = Condition<String?>(nil)

    init() {
        var options = BrokerOptions()
        options.http.certificatesFile = { [certificates] in certificates.withLock { $0 } }
        options.http.proxy = { _ in .none }
        brokers = Brokers(run: { $0() }, alarms: .shared, options: options) {
            throw ErrandRefusal(.unsupported, "")
        }
    }

    private final class Ear: CallListener {
        struct Heard {
            var news: [ErrandNews] = []
            var ends: [CallOutcome] = []
        }

        let heard = Condition(Heard())

        func callFinished(_ outcome: CallOutcome) { change { $0.ends.append(outcome) } }
        func callProgressed(fraction: Double?, note: String) {}
        func callPrinted(_ kind: PayloadKind, _ piece: [UInt8]) {
            guard let news = try? ErrandNews(piece) else { return }
            change { $0.news.append(news) }
        }

        private func change(_ body: (inout Heard) -> Void) {
            heard.withLock { body(&$0) }
            heard.broadcast()
        }

        func end() throws -> CallOutcome {
            let deadline = SystemClock.monotonicNanoseconds + 30_000_000_000
            return try #require(heard.wait(untilNanoseconds: deadline) { $0.ends.first })
        }

        var head: JSON? {
            heard.withLock { $0.news.first { $0.kind == 1 } }.flatMap {
                try? JSON(parsing: $0.value)
            }
        }
        var statuses: [UInt32] {
            heard.withLock { $0.news.filter { $0.kind == 1 }.map(\.number) }
        }
        var body: String {
            String(
                decoding: heard.withLock { $0.news.filter { $0.kind == 2 }.flatMap(\.value) },
                as: UTF8.self)
        }
    }

    private func ask(
        _ order: JSON, network: [String], body: String = "", credit: UInt64 = 1 << 20,
        id: UInt64 = 1
    ) -> Ear {
        let ear = Ear()
        var errand = Errand(
            id: id, module: "m", service: "http", order: order.serialized(),
            body: Array(body.utf8)
        ) {
            var doors = OpenedDoors()
            doors.network = network
            return doors
        }
        errand.creditBytes = credit
        brokers.begin(errand, ear)
        return ear
    }

    private func echo() throws -> LoopbackServer {
        try LoopbackServer { connection, _ in
            while let request = connection.request() { connection.answer(request) }
        }
    }

    private func redirecting(to location: String, status: String = "302 Found") throws
        -> LoopbackServer
    {
        try LoopbackServer { connection, _ in
            while connection.request() != nil {
                connection.answer(
                    "moved", status: status, headers: "Location: \(location)\r\n")
            }
        }
    }

    @Test func `certificates that the configuration names are trusted from then on`() throws {
        let server = try TLSServer()
        let order: JSON = ["url": .string(server.address)]
        let network = ["127.0.0.1:\(server.port)"]
        let refused = ask(order, network: network)
        #expect(try refused.end().status == .failed && refused.head == nil)
        certificates.withLock { $0 = server.certificate }
        let trusted = ask(order, network: network, id: 2)
        #expect(try trusted.end().status == .ok && trusted.body == "secret")
    }

    // MARK: Redirections

    @Test func `a redirection is followed, and its body is not heard`() throws {
        let end = try echo()
        let start = try redirecting(to: end.address + "/end")
        let ear = ask(
            [
                "url": .string(start.address), "method": "POST",
                "headers": [["X-Key", "secret"], ["Accept", "a/b"], ["Content-Type", "c/d"]],
            ], network: ["127.0.0.1:*"], body: "the body")
        #expect(try ear.end().succeeded)
        #expect(ear.statuses == [200])
        #expect(ear.head?["url"]?.string == end.address + "/end")
        #expect(ear.body.hasPrefix("GET /end HTTP/1.1") && ear.body.contains("Accept: a/b"))
        for gone in ["secret", "the body", "c/d"] { #expect(!ear.body.contains(gone)) }
    }

    @Test func `one that keeps the method keeps the body, and no secret for another origin`() throws
    {
        let end = try echo()
        let start = try redirecting(to: end.address, status: "307 Temporary Redirect")
        let ear = ask(
            [
                "url": .string(start.address), "method": "PUT",
                "headers": [["Authorization", "secret"]],
            ], network: ["127.0.0.1:*"], body: "the body")
        #expect(try ear.end().succeeded)
        #expect(ear.body.hasPrefix("PUT / HTTP/1.1") && ear.body.hasSuffix("the body"))
        #expect(!ear.body.contains("secret"))
    }

    @Test func `where a redirection leads is checked anew`() throws {
        let end = try echo()
        for location in [
            end.address, "http://localhost:\(end.port)/", "http://[::ffff:127.0.0.1]:\(end.port)/",
            "//127.0.0.1:\(end.port)/", "http://0.0.0.0:\(end.port)/", "file:///etc/passwd",
            "http://127.1:\(end.port)/", "http://2130706433:\(end.port)/",
        ] {
            let start = try redirecting(to: location)
            let ear = ask(
                ["url": .string(start.address)], network: ["127.0.0.1:\(start.port)", "*"])
            let outcome = try ear.end()
            #expect([.denied, .invalid].contains(outcome.status), "\(location)")
            #expect(
                outcome.message.hasPrefix("http: redirected by 127.0.0.1:"), "\(outcome.message)")
            #expect(ear.statuses.isEmpty && ear.body.isEmpty)
        }
        #expect(end.connections == 0)
    }

    @Test func `redirections in a circle end, and one that is not wanted is an answer`() throws {
        let server = try LoopbackServer { connection, _ in
            while connection.request() != nil {
                connection.answer("", status: "301 Moved", headers: "Location: /again\r\n")
            }
        }
        let network = ["127.0.0.1:\(server.port)"]
        let url = JSON.string(server.address)
        #expect(try ask(["url": url], network: network).end().status == .limit)
        let ear = ask(["url": url, "follow": false], network: network, id: 2)
        #expect(try ear.end().succeeded)
        #expect(ear.statuses == [301])
    }

    // MARK: Names that lead where they must not

    @Test(.enabled(if: InnocentName.found != nil))
    func `a name that leads to this machine opens nothing`() throws {
        let server = try echo()
        let innocent = try #require(InnocentName.found)
        let address = innocent.address
        let name = "\(innocent.text):\(server.port)"
        let place = address.contains(":") ? "[\(address)]" : address
        for network in [[name], ["*"], [name, "127.0.0.1:1", "10.0.0.1:*"]] {
            let outcome = try ask(["url": .string("http://\(name)/")], network: network).end()
            #expect(outcome.status == .denied)
            #expect(outcome.message.contains("leads to \(address), an address of this machine"))
            #expect(outcome.message.contains("network = [\"+\(place):\(server.port)\"]"))
        }
        #expect(server.connections == 0)
        let outcome = try ask(
            ["url": .string("http://\(name)/")], network: [name, "\(place):\(server.port)"]
        ).end()
        // Nobody listens at the other one.
        #expect(outcome.succeeded == (address == "127.0.0.1") && outcome.status != .denied)
    }

    @Test func `localhost is this machine, and nothing is asked of a name server`() throws {
        let server = try echo()
        let url = JSON.string("http://localhost:\(server.port)/")
        #expect(try ask(["url": url], network: ["localhost:\(server.port)"]).end().succeeded)
        #expect(try ask(["url": url], network: ["*"]).end().status == .denied)
        #expect(server.connections == 1)
    }

    /// What one module may ask is kept open for a while; another one asks on it only if it may.
    @Test func `a connection that is kept is no way in`() throws {
        let server = try echo()
        let url = JSON.string(server.address)
        #expect(try ask(["url": url], network: ["127.0.0.1:*"]).end().succeeded)
        #expect(try ask(["url": url], network: ["*"]).end().status == .denied)
    }

    // MARK: Orders

    @Test(
        arguments: [
            (["url": "http://127.0.0.1:1", "headers": [["Host", "evil.com"]]], "Host"),
            (
                ["url": "http://127.0.0.1:1", "headers": [["content-length", "1"]]],
                "content-length"
            ),
            (["url": "http://127.0.0.1:1", "headers": [["Proxy-Authorization", "x"]]], "Proxy-"),
            (["url": "http://127.0.0.1:1", "headers": [["A", "b\r\nHost: c"]]], "header"),
            (["url": "http://127.0.0.1:1", "headers": ["A"]], "headers"),
            (["url": "http://127.0.0.1:1", "method": "CONNECT"], "CONNECT"),
            (["url": "http://127.0.0.1:1", "method": "GET / HTTP/1.1\r\n"], "method"),
            (["url": "http://127.0.0.1:1", "timeout": 1], "timeout"),
            (["url": "http://127.0.0.1:1", "stallSeconds": -1], "stallSeconds"),
            (["method": "GET"], "url"), ([1], "object"),
        ] as [(JSON, String)])
    func `an order that makes no sense is refused by what is wrong`(
        order: JSON, word: String
    ) throws {
        let outcome = try ask(order, network: ["127.0.0.1:*"]).end()
        #expect(outcome.status == .invalid && outcome.message.contains(word), "\(outcome.message)")
    }

    @Test func `an answer beyond the bound that was set ends with it`() throws {
        let server = try LoopbackServer { connection, _ in
            _ = connection.request()
            connection.answer(String(repeating: "a", count: 1_000))
        }
        let ear = ask(
            ["url": .string(server.address), "bytesMax": 999], network: ["127.0.0.1:*"])
        #expect(try ear.end().status == .limit)
    }

    @Test func `what a worker says of its own size is not believed`() throws {
        let server = try LoopbackServer { connection, _ in
            _ = connection.request()
            connection.waitForEnd()
        }
        let order: JSON = ["url": .string(server.address), "method": "PUT"]
        let network = ["127.0.0.1:*"]
        let huge = String(repeating: "a", count: (16 << 20) + 1)
        #expect(try ask(order, network: network, body: huge).end().status == .limit)
        let large = String(repeating: "a", count: 16 << 20)
        let ears = (1...5).map { ask(order, network: network, body: large, id: $0) }
        #expect(try ears[4].end().status == .limit)
        for id in UInt64(1)...4 { brokers.cancel(id) }
        for ear in ears[..<4] { #expect(try ear.end().status == .cancelled) }
        #expect(brokers.count == 0)
    }

    // MARK: Credit

    @Test func `news come as there is room for them, and all of them`() throws {
        let server = try LoopbackServer { connection, _ in
            _ = connection.request()
            connection.answer(String(repeating: "a", count: 3_000_000))
        }
        let ear = ask(
            ["url": .string(server.address)], network: ["127.0.0.1:*"], credit: 100_000)
        var given = 100_000
        while given < 3_000_000 {
            let wanted = given
            try waitFor("what there is room for") { ear.body.utf8.count >= wanted - 1_000 }
            #expect(ear.body.utf8.count <= given + 64 << 10)
            #expect(ear.heard.withLock { $0.ends.isEmpty })
            given += 200_000
            brokers.credit(1, bytes: 200_000)
        }
        brokers.credit(1, bytes: 200_000)
        #expect(try ear.end().succeeded && ear.body.utf8.count == 3_000_000)
    }

    @Test func `a cancelled errand has one end, whatever else happens`() throws {
        let server = try LoopbackServer { connection, _ in
            _ = connection.request()
            connection.waitForEnd()
        }
        for id in 1...50 {
            let ear = ask(
                ["url": .string(server.address)], network: ["127.0.0.1:*"], id: UInt64(id))
            brokers.cancel(UInt64(id))
            brokers.credit(UInt64(id), bytes: .max)
            brokers.cancel(UInt64(id))
            #expect(try ear.end().status == .cancelled)
            #expect(ear.heard.withLock { $0.ends.count } == 1)
        }
        #expect(brokers.count == 0)
        brokers.close()
        #expect(
            try ask(["url": .string(server.address)], network: ["127.0.0.1:*"]).end().status
                == .cancelled)
    }
}
