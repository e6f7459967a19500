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
        (
            "http://127.0.0.1.nip.example/", ["all_proxy": "http://p"],
            .url("http://p")
        ),
    ]

    @Test(arguments: cases)
    func `the customary variables are read`(
        url: String, environment: [String: String], wanted: HTTPProxy
    ) {
        #expect(HTTPProxy(for: url, environment: environment) == wanted)
    }
}
