import KernelSystem
import KernelTesting
import Synchronization
import Testing

@testable import KernelHTTP

/// Exchanges with a server on this machine.
@Suite(.timeLimit(.minutes(2)), .blocking)
struct HTTPClientTests {
    private let client = HTTPClient()

    private func request(
        _ server: LoopbackServer, _ change: (inout HTTPRequest) -> Void = { _ in }
    ) -> HTTPRequest {
        var request = HTTPRequest(server.address + "/x")
        request.reach = .everything
        change(&request)
        return request
    }

    private func ask(_ request: HTTPRequest) throws -> (Ear, HTTPFailure?) {
        let ear = Ear()
        client.begin(request, ear)
        return (ear, try ear.waitForEnd())
    }

    @Test func `an answer comes with its head and body`() throws {
        let server = try LoopbackServer { connection, _ in
            guard let request = connection.request() else { return }
            connection.answer(request, headers: "X-One: a\r\nx-one: b\r\n")
        }
        defer { client.close() }
        var request = HTTPRequest.post(
            server.address + "/path?q=1", Array("hello".utf8), type: "a/b")
        request.reach = .everything
        request.headers.append(HTTPHeader("X-Key", "value"))
        request.headers.append(HTTPHeader("X-Empty", ""))
        let (ear, failure) = try ask(request)
        #expect(failure == nil)
        #expect(ear.head?.status == 200 && ear.head?["X-ONE"] == "a")
        let asked = ear.text
        #expect(asked.hasPrefix("POST /path?q=1 HTTP/1.1\r\n") && asked.hasSuffix("\r\n\r\nhello"))
        #expect(asked.contains("X-Key: value\r\n") && asked.contains("X-Empty:\r\n"))
        #expect(asked.contains("Content-Type: a/b\r\n") && !asked.contains("Expect"))
    }

    @Test func `a status that tells of a failure is an answer`() throws {
        let server = try LoopbackServer { connection, _ in
            _ = connection.request()
            connection.answer("slow down", status: "429 Too Many", headers: "Retry-After: 7\r\n")
        }
        defer { client.close() }
        let (ear, failure) = try ask(request(server))
        #expect(failure == nil && ear.head?.status == 429 && ear.head?["retry-after"] == "7")
        #expect(ear.text == "slow down")
    }

    @Test func `pieces are heard as they come, not at the end`() throws {
        let goOn = Condition(false)
        let server = try LoopbackServer { connection, _ in
            _ = connection.request()
            connection.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n")
            _ = goOn.wait { $0 ? true : nil }
            connection.send("3\r\ntwo\r\n0\r\n\r\n")
        }
        defer { client.close() }
        let ear = Ear()
        client.begin(request(server), ear)
        _ = try ear.wait { $0.pieces.isEmpty ? nil : true }
        #expect(ear.text == "one")
        goOn.withLock { $0 = true }
        goOn.broadcast()
        #expect(try ear.waitForEnd() == nil && ear.text == "onetwo")
    }

    @Test func `an exchange is cancelled at once, in the middle of its answer`() throws {
        let isGone = Condition(false)
        let server = try LoopbackServer { connection, _ in
            _ = connection.request()
            connection.send("HTTP/1.1 200 OK\r\n\r\none")
            connection.waitForEnd()
            isGone.withLock { $0 = true }
            isGone.broadcast()
        }
        defer { client.close() }
        let ear = Ear()
        let exchange = client.begin(request(server), ear)
        _ = try ear.wait { $0.pieces.isEmpty ? nil : true }
        client.cancel(exchange)
        #expect(try ear.waitForEnd()?.kind == .cancelled)
        let deadline = SystemClock.monotonicNanoseconds + 60_000_000_000
        #expect(isGone.wait(untilNanoseconds: deadline) { $0 ? true : nil } == true)
        client.cancel(exchange)
    }

    @Test func `a kept connection that died is replaced by a new one, once`() throws {
        let server = try LoopbackServer { connection, number in
            _ = connection.request()
            if number == 1 {
                // What llama-server does: it says keep-alive, and closes.
                connection.answer("first", headers: "Keep-Alive: timeout=5\r\n")
                _ = connection.request()
                return
            }
            connection.answer("second")
        }
        defer { client.close() }
        let (first, firstFailure) = try ask(request(server))
        #expect(firstFailure == nil && first.text == "first")
        let (second, failure) = try ask(
            request(server) {
                $0.body = [1]; $0.method = "POST"
            })
        #expect(failure == nil && second.text == "second")
        #expect(server.connections == 2)
    }

    @Test func `an answer that ends too soon is told from one that is whole`() throws {
        let server = try LoopbackServer { connection, _ in
            _ = connection.request()
            connection.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\npart")
        }
        defer { client.close() }
        let (ear, failure) = try ask(request(server))
        #expect(failure?.kind == .cutShort && ear.text == "part")
    }

    @Test func `a connection that closes without an answer is told, and asked once only`() throws {
        let server = try LoopbackServer { connection, _ in _ = connection.request() }
        defer { client.close() }
        let (_, failure) = try ask(request(server))
        #expect(failure?.kind == .cutShort && server.connections == 1)
    }

    @Test func `each part of an exchange has its own deadline`() throws {
        let server = try LoopbackServer { connection, number in
            _ = connection.request()
            if number > 1 { connection.send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx") }
            connection.waitForEnd()
        }
        defer { client.close() }
        let (_, first) = try ask(request(server) { $0.limits.firstByteSeconds = 0.05 })
        #expect(first?.kind == .firstByteDeadline)
        #expect(first?.description.contains("did not answer within 0.05 s") == true)
        let (ear, stalled) = try ask(request(server) { $0.limits.stallSeconds = 0.05 })
        #expect(stalled?.kind == .stalled && ear.text == "x")
        let (_, total) = try ask(request(server) { $0.limits.totalSeconds = 0.05 })
        #expect(total?.kind == .totalDeadline)
    }

    @Test func `an answer larger than allowed is ended`() throws {
        let server = try LoopbackServer { connection, _ in
            _ = connection.request()
            connection.answer(String(repeating: "x", count: 100_000))
        }
        defer { client.close() }
        let (ear, failure) = try ask(request(server) { $0.limits.bodyBytesMax = 50_000 })
        #expect(failure?.kind == .tooLarge && ear.text.utf8.count <= 50_000)
    }

    @Test(arguments: ["http://127.0.0.1:PORT/", "http://localhost:PORT/", "http://0.0.0.0:PORT/"])
    func `this machine is not reached unless the configuration names it`(url: String) throws {
        let server = try LoopbackServer { connection, _ in connection.answer("secret") }
        defer { client.close() }
        let port = "\(server.port)"
        let parts = url.split(separator: "PORT", omittingEmptySubsequences: false)
        let (ear, failure) = try ask(HTTPRequest(parts.joined(separator: port)))
        #expect(failure?.kind == .privateAddress && ear.text.isEmpty)
        #expect(server.connections == 0)
    }

    @Test func `a kept connection to this machine is of no use to who may not reach it`() throws {
        let server = try LoopbackServer { connection, _ in
            while connection.request() != nil { connection.answer("secret") }
        }
        defer { client.close() }
        #expect(try ask(request(server)).0.text == "secret")
        let (ear, failure) = try ask(request(server) { $0.reach = .worldOnly })
        #expect(failure?.kind == .privateAddress && ear.text.isEmpty)
        #expect(server.connections == 1)
        #expect(try ask(request(server)).0.text == "secret")
    }

    @Test func `who sends the head at once may think as long as before it`() throws {
        let server = try LoopbackServer { connection, _ in
            _ = connection.request()
            connection.send("HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n")
            let thought = SystemClock.monotonicNanoseconds + 300_000_000
            _ = Condition(()).wait(untilNanoseconds: thought) { _ -> Void? in nil }
            connection.send("thought")
        }
        defer { client.close() }
        let (ear, failure) = try ask(request(server) { $0.limits.stallSeconds = 0.05 })
        #expect(failure == nil && ear.text == "thought")
    }

    @Test func `nobody listening, no such name, and no URL are told apart`() throws {
        let server = try LoopbackServer { _, _ in }
        let request = request(server)
        server.stop()
        defer { client.close() }
        #expect(try ask(request).1?.kind == .notReachable)
        #expect(try ask(HTTPRequest("http://no.such.host.invalid/")).1?.kind == .nameNotFound)
        for url in ["ftp://x/", "file:///etc/passwd", "x", "", "http://a b/"] {
            #expect(try ask(HTTPRequest(url)).1?.kind == .unsendable)
        }
        var smuggling = HTTPRequest("http://127.0.0.1/")
        smuggling.headers = [HTTPHeader("X", "a\r\nY: b")]
        #expect(try ask(smuggling).1?.kind == .unsendable)
    }

    @Test func `an answer that is not HTTP is malformed`() throws {
        let server = try LoopbackServer { connection, _ in
            _ = connection.request()
            connection.send("SSH-2.0-OpenSSH\r\n\r\n")
        }
        defer { client.close() }
        #expect(try ask(request(server)).1?.kind == .malformed)
    }

    /// gzip's form of "hello hello hello".
    private static let packed: [UInt8] = [
        0x1F, 0x8B, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0xCB, 0x48, 0xCD,
        0xC9, 0xC9, 0x57, 0xC8, 0x40, 0x90, 0x00, 0x80, 0x88, 0xF9, 0xE5, 0x11, 0x00,
        0x00, 0x00,
    ]

    @Test func `a compressed answer is asked for, and unpacked`() throws {
        let server = try LoopbackServer { connection, _ in
            guard connection.request()?.contains("gzip") == true else { return }
            connection.send("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n")
            connection.send("Content-Length: \(Self.packed.count)\r\n\r\n")
            connection.send(Self.packed)
        }
        defer { client.close() }
        #expect(try ask(request(server)).0.text == "hello hello hello")
    }

    @Test func `a closed client ends what runs, and refuses what comes`() throws {
        let server = try LoopbackServer { connection, _ in connection.waitForEnd() }
        let ear = Ear()
        client.begin(request(server), ear)
        client.close()
        #expect(try ear.waitForEnd()?.kind == .cancelled)
        #expect(try ask(request(server)).1?.kind == .cancelled)
    }

    @Test func `hundreds of exchanges at once all end`() throws {
        let server = try LoopbackServer { connection, _ in
            _ = connection.request()
            connection.answer("ok")
        }
        defer { client.close() }
        let ears = (0..<300).map { _ in Ear() }
        for ear in ears { client.begin(request(server), ear) }
        for ear in ears { #expect(try ear.waitForEnd() == nil && ear.text == "ok") }
    }
}
