import KernelTesting
import Testing

@testable import KernelHTTP

/// How a connection comes about: TLS, HTTP/2, proxies.
@Suite(.timeLimit(.minutes(2)), .blocking)
struct HTTPConnectionTests {
    private let client = HTTPClient()

    private func ask(
        _ url: String, _ change: (inout HTTPRequest) -> Void = { _ in }
    ) throws -> (Ear, HTTPFailure?) {
        var request = HTTPRequest(url)
        request.reach = .everything
        change(&request)
        let ear = Ear()
        client.begin(request, ear)
        return (ear, try ear.waitForEnd())
    }

    @Test func `only a certificate that is trusted is answered to`() throws {
        let server = try TLSServer()
        let other = try TLSServer()
        defer { client.close() }
        let (unknown, refusal) = try ask(server.address)
        #expect(refusal?.kind == .notTrusted && unknown.head == nil)
        #expect(
            try ask(server.address) { $0.certificatesFile = other.certificate }.1?.kind
                == .notTrusted)
        #expect(
            try ask(server.address) { $0.certificatesFile = "/no/such/file" }.1?.kind
                == .notTrusted)
        let (ear, failure) = try ask(server.address) { $0.certificatesFile = server.certificate }
        #expect(failure == nil && ear.head?.status == 200 && ear.text == "secret")
        // A kept connection is of no use to who does not trust it.
        #expect(try ask(server.address).1?.kind == .notTrusted)
        // The name must be the one that is asked.
        let (_, renamed) = try ask("https://localhost:\(server.port)/") {
            $0.certificatesFile = server.certificate
        }
        #expect(renamed?.kind == .notTrusted)
    }

    @Test func `a server that speaks HTTP 2 is spoken to in it`() throws {
        // It answers nothing else.
        let server = try TLSServer("h2")
        defer { client.close() }
        for _ in 0..<3 {
            let (ear, failure) = try ask(server.address) {
                $0.certificatesFile = server.certificate
                $0.method = "POST"
                $0.body = []
            }
            #expect(failure == nil && ear.head?.status == 200 && ear.text == "secret")
        }
    }

    @Test func `a proxy is asked in the place of the server`() throws {
        let proxy = try LoopbackServer { connection, _ in
            guard let request = connection.request() else { return }
            if request.hasPrefix("CONNECT ") {
                return connection.answer("", status: "403 \(request.prefix { !$0.isNewline })")
            }
            connection.answer("proxy: \(request.prefix { !$0.isNewline })")
        }
        defer { client.close() }
        // The name is the proxy's to find, and a private address the proxy's to refuse.
        let (ear, failure) = try ask("http://no.such.host.invalid/x") {
            $0.proxy = .url(proxy.address)
            $0.reach = .worldOnly
        }
        #expect(failure == nil)
        #expect(ear.text == "proxy: GET http://no.such.host.invalid/x HTTP/1.1")
        let (_, refused) = try ask("https://no.such.host.invalid/x") {
            $0.proxy = .url(proxy.address)
        }
        #expect(refused != nil && proxy.connections == 2)
    }

    @Test func `a server that takes no connection to its end is left in time`() throws {
        // It never says a word of TLS.
        let server = try LoopbackServer { connection, _ in connection.waitForEnd() }
        defer { client.close() }
        let (_, failure) = try ask("https://127.0.0.1:\(server.port)/") {
            $0.limits.connectSeconds = 0.1
        }
        #expect(failure?.kind == .connectDeadline)
    }
}
