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

/// What is read off a URL without asking anybody.
package enum URLText {
    /// In lower case, without brackets; empty if there is none.
    package static func host(of url: String) -> String {
        guard let colon = url.firstIndex(of: ":"), url[colon...].hasPrefix("://") else { return "" }
        let rest = url[colon...].dropFirst(3).prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        let place = rest.split(separator: "@", omittingEmptySubsequences: false).last ?? ""
        if place.hasPrefix("[") {
            return place.dropFirst().prefix { $0 != "]" }.lowercased()
        }
        return place.prefix { $0 != ":" }.lowercased()
    }

    package static func isLoopback(_ host: String) -> Bool {
        host == "localhost" || host.hasSuffix(".localhost") || host == "::1"
            || host.hasPrefix("127.")
    }
}
