import KernelBase
import Testing

struct URLTextTests {
    @Test(arguments: [
        ("http://User:pw@Host.Example:80/a?b", "host.example"), ("https://[FE80::1]/", "fe80::1"),
        ("x", ""), ("http://", ""), ("http://a@b@c/", "c"),
    ])
    func `the host is read off a URL`(url: String, host: String) {
        #expect(URLText.host(of: url) == host)
    }

    @Test(arguments: [
        ("HTTPS://Host.Example/v1?x#y", "https://host.example:443"),
        ("http://h:8080", "http://h:8080"), ("http://h:80/", "http://h:80"),
        ("http://h/", "http://h:80"), ("http://h:/", "http://h:80"),
        ("http://[::1]/", "http://[::1]:80"), ("http://[::1]:9/", "http://[::1]:9"),
        ("http://a@h/", nil), ("http://h\\@evil/", nil), ("http://h%40evil/", nil),
        ("ftp://h/", nil), ("http:///x", nil), ("http:/h", nil), ("h", nil), ("", nil),
        ("http://h:99999/", nil), ("http://h:8x/", nil), ("http://:80/", nil),
    ])
    func `scheme, host and port are what leads to one server`(url: String, origin: String?) {
        #expect(URLText.origin(of: url) == origin)
    }

    @Test(arguments: [
        ("127.0.0.1", true), ("127.9.9.9", true), ("localhost", true), ("LOCALHOST.", true),
        ("a.localhost", true), ("::1", true), ("::ffff:127.0.0.1", true), ("0.0.0.0", true),
        ("127.0.0.1.nip.example", false), ("127.example", false), ("127.0.0", false),
        ("notlocalhost", false), ("::ffff:10.0.0.1", false), ("10.0.0.1", false), ("", false),
        ("127.0.0.1000", false),
    ])
    func `only what always means this machine is this machine`(host: String, isLoopback: Bool) {
        #expect(URLText.isLoopback(host) == isLoopback)
    }

    @Test(arguments: [
        ("http://ann:secret@h:1/a?key=b", "http://…@h:1/a"), ("http://h/a", "http://h/a"),
        ("x", "x"),
    ])
    func `a URL is shown without what may be secret`(url: String, shown: String) {
        #expect(URLText.shown(url) == shown)
        #expect(URLText.namesUser(url) == url.contains("@"))
    }
}
