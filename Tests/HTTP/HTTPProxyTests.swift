import KernelHTTP
import Testing

struct HTTPProxyTests {
    private static let cases: [(String, [String: String], HTTPProxy)] = [
        ("https://a.example/", [:], .none),
        ("https://a.example/", ["https_proxy": "http://p:1"], .url("http://p:1")),
        ("https://a.example/", ["HTTPS_PROXY": "http://p:1"], .url("http://p:1")),
        ("http://a.example/", ["http_proxy": "http://p:1"], .url("http://p:1")),
        ("http://a.example/", ["HTTP_PROXY": "http://p:1"], .none),
        ("http://a.example/", ["https_proxy": "http://p:1"], .none),
        ("http://a.example/", ["ALL_PROXY": "socks5h://p:1"], .url("socks5h://p:1")),
        ("https://a.example/", ["https_proxy": "", "all_proxy": "http://q"], .url("http://q")),
        ("https://a.example/", ["https_proxy": "http://p", "no_proxy": "a.example"], .none),
        ("https://b.a.example/", ["https_proxy": "http://p", "NO_PROXY": ".a.example"], .none),
        (
            "https://ba.example/", ["https_proxy": "http://p", "no_proxy": "a.example"],
            .url("http://p")
        ),
        ("https://a.example/", ["https_proxy": "http://p", "no_proxy": "x, *"], .none),
        ("http://127.0.0.1:8080/", ["http_proxy": "http://p"], .none),
        ("http://[::1]:8080/", ["http_proxy": "http://p"], .none),
        ("http://localhost/", ["all_proxy": "http://p"], .none),
    ]

    @Test(arguments: cases)
    func `the customary variables are read`(
        url: String, environment: [String: String], wanted: HTTPProxy
    ) {
        #expect(HTTPProxy(for: url, environment: environment) == wanted)
    }

    @Test(arguments: [
        ("http://User:pw@Host.Example:80/a?b", "host.example"), ("https://[FE80::1]/", "fe80::1"),
        ("x", ""), ("http://", ""), ("http://a@b@c/", "c"),
    ])
    func `the host is read off a URL`(url: String, host: String) {
        #expect(URLText.host(of: url) == host)
    }
}
