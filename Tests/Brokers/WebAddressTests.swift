import KernelHTTP
import KernelSandbox
import Testing

@testable import KernelBrokers

@Suite struct WebAddressTests {
    @Test(arguments: [
        ("https://Example.org", "https://example.org:443/"),
        ("http://example.org./a?b#c", "http://example.org:80/a?b"),
        ("HTTP://[::1]:8080?x", "http://[::1]:8080/?x"),
        ("https://127.0.0.1:/a", "https://127.0.0.1:443/a"),
        ("http://a_b.c-d:65535", "http://a_b.c-d:65535/"),
    ])
    func `what is asked is put together anew`(text: String, result: String) throws {
        #expect(try WebAddress(text).text == result)
    }

    @Test(arguments: [
        "", "example.org", "ftp://example.org", "http://", "http:///a", "http://exa mple.org",
        "http://user@example.org", "http://user:secret@example.org", "http://example.org@evil.com/",
        "http://2130706433/", "http://0x7f.1/", "http://0x7f000001", "http://127.1/",
        "http://0177.0.0.1/", "http://127.0.0.1.", "http://256.1.1.1", "http://1.2.3.4.5",
        "http://[::1", "http://::1/", "http://[127.0.0.1]/", "http://[::1%25eth0]/",
        "http://[fe80::1%eth0]/", "http://exa%6Dple.org", "http://example.org:0",
        "http://example.org:65536", "http://example.org:80a", "http://example.org:-1",
        "http://ex\u{E4}mple.org", "http://example.org\\@evil.com", "http://example.org\\.evil.com",
        "http://a..b", "http://.a", "http://[::1]x:80", "http://a\tb", "http://a\n",
        "file:///etc/passwd",
        "http://\(String(repeating: "a", count: 64)).org", "http://１２７.0.0.1/",
    ])
    func `what could be read in two ways is no URL`(text: String) {
        #expect(throws: ErrandRefusal.self) { try WebAddress(text) }
    }

    @Test(arguments: [
        ("/b", "https://example.org:443/b"), ("c?d", "https://example.org:443/a/c?d"),
        ("?q", "https://example.org:443/a/b?q"), ("//other.org/x", "https://other.org:443/x"),
        ("http://other.org", "http://other.org:80/"), ("", "https://example.org:443/a/b?old"),
        ("#there", "https://example.org:443/a/b?old"),
    ])
    func `a redirection is followed from where it was given`(
        location: String, result: String
    ) throws {
        let address = try WebAddress("https://example.org/a/b?old")
        #expect(try address.following(location).text == result)
    }

    // MARK: Permissions

    private func reach(_ url: String, _ entries: [String]) throws -> HTTPRequest.Reach? {
        let address = try WebAddress(url)
        return try? NetworkPermission(entries, of: "m").reach(of: address.place)
    }

    @Test(arguments: [
        ("https://example.org", "example.org"), ("http://example.org:80", "example.org:80"),
        ("https://a.example.org", "*.example.org"),
        ("https://a.b.example.org", "*.example.org:443"),
        ("http://example.org:8080", "*:8080"), ("http://example.org", "example.org:*"),
        ("https://EXAMPLE.org.", "Example.ORG."), ("http://8.8.8.8", "*"),
        ("http://8.8.8.8", "8.8.8.8:80"), ("http://[2001:4860::8888]", "*:80"),
        ("http://127.0.0.1:1", "127.0.0.1:1"), ("http://[::1]:1", "[::1]:1"),
        ("https://[::1]", "::1"), ("http://[0:0::1]:1", "[::1]:*"),
        ("http://[::ffff:127.0.0.1]:1", "127.0.0.1:1"), ("http://localhost:1", "localhost:1"),
    ])
    func `a permission opens what it names`(url: String, entry: String) throws {
        #expect(try reach(url, [entry]) != nil)
    }

    @Test(arguments: [
        ("http://example.org", "example.org"), ("https://example.org", "*.example.org"),
        ("https://badexample.org", "*.example.org"),
        ("https://example.org.evil.com", "example.org"),
        ("https://example.org:444", "example.org"), ("http://127.0.0.1", "*"),
        ("http://127.0.0.1", "*:80"), ("http://10.0.0.1", "*"), ("http://192.168.1.1", "*:80"),
        ("http://169.254.169.254", "*"), ("http://[::1]", "*"), ("http://[fd00::1]", "*"),
        ("http://[::ffff:127.0.0.1]", "*"), ("http://[::ffff:10.0.0.1]", "*"),
        ("http://[64:ff9b::7f00:1]", "*"), ("http://[2002:7f00:1::]", "*"),
        ("http://localhost", "*"), ("http://localhost", "*:80"), ("http://a.localhost", "*"),
        ("http://a.localhost", "*.localhost:80"), ("http://localhost", "127.0.0.1:80"),
        ("http://127.0.0.1", "localhost:80"), ("http://0.0.0.0", "0.0.0.0:80"),
        ("http://[::]", "[::]:80"), ("http://[::ffff:0.0.0.0]", "*"),
        ("http://127.0.0.2", "127.0.0.1:80"),
        ("https://a.b", "a.b:80 "), ("https://a.b", "https://a.b"),
    ])
    func `nothing else is opened`(url: String, entry: String) throws {
        #expect(try reach(url, [entry]) == nil)
    }

    @Test func `a private address is reached through a name only if it is named too`() throws {
        let named = ["printer.lan:631", "192.168.1.20:631", "192.168.1.21:80"]
        #expect(try reach("http://printer.lan:631", named) == .worldAnd(["192.168.1.20"]))
        #expect(try reach("https://a.b", ["*"]) == .worldAnd([]))
        #expect(
            try reach("http://localhost:1", ["localhost:1"]) == .worldAnd(["127.0.0.1", "::1"]))
    }
}
