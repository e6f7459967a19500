import KernelBase

/// Who stands between this machine and the server.
package enum HTTPProxy: Sendable, Hashable {
    case none
    /// `http://proxy.example:3128` or `socks5h://…`
    case url(String)

    /// What the customary variables say for a URL: `https_proxy`, `http_proxy`, `all_proxy` and
    /// `no_proxy`, the lower-case form first. The upper-case `HTTP_PROXY` is not read, since a
    /// web server sets it from a header.
    package init(for url: String, environment: [String: String]) {
        let scheme = url.prefix { $0 != ":" }.lowercased()
        let host = URLText.host(of: url)
        if Self.isExempt(host, environment["no_proxy"] ?? environment["NO_PROXY"] ?? "") {
            self = .none
            return
        }
        var names = ["\(scheme)_proxy"]
        if scheme != "http" { names.append("\(scheme.uppercased())_PROXY") }
        names += ["all_proxy", "ALL_PROXY"]
        let found = names.lazy.compactMap { environment[$0] }.first { !$0.isEmpty }
        self = found.map { .url($0) } ?? .none
    }

    /// A list of hosts and domains, divided by commas; `*` is every host.
    private static func isExempt(_ host: String, _ list: String) -> Bool {
        // This machine is never reached through a proxy.
        if URLText.isLoopback(host) { return true }
        return list.split { $0 == "," || $0 == " " }.contains { entry in
            if entry == "*" { return true }
            let domain = (entry.hasPrefix(".") ? entry.dropFirst() : entry).lowercased()
            return host == domain || host.hasSuffix("." + domain)
        }
    }
}
