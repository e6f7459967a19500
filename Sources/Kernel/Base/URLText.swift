import ModuleJSON

/// What is read off a URL without asking anybody.
package enum URLText {
    /// What stands between the slashes: the server, and perhaps who asks it. Nil if there is none.
    private static func authority(of url: String) -> Substring? {
        guard let colon = url.firstIndex(of: ":"), url[colon...].hasPrefix("://") else {
            return nil
        }
        return url[colon...].dropFirst(3).prefix { $0 != "/" && $0 != "?" && $0 != "#" }
    }

    /// In lower case, without brackets; empty if there is none.
    package static func host(of url: String) -> String {
        let place = authority(of: url)?.split(separator: "@", omittingEmptySubsequences: false).last
        guard let place else { return "" }
        if place.hasPrefix("[") {
            return place.dropFirst().prefix { $0 != "]" }.lowercased()
        }
        return place.prefix { $0 != ":" }.lowercased()
    }

    /// Scheme, host and port in one form: what two URLs share that lead to one server. Nil if the
    /// URL is none that leads anywhere, or says who asks.
    package static func origin(of url: String) -> String? {
        guard let authority = authority(of: url), !authority.isEmpty,
            !authority.contains(where: { "@\\%".contains($0) || $0.isWhitespace })
        else { return nil }
        let scheme = url.prefix { $0 != ":" }.lowercased()
        guard let usual = usualPorts[scheme] else { return nil }
        let port = port(of: authority)
        guard let port, !host(of: url).isEmpty else { return nil }
        let host = authority.dropLast(port.isEmpty ? 0 : port.count + 1).lowercased()
        let bare = host.hasSuffix(":") ? String(host.dropLast()) : host
        return "\(scheme)://\(bare):\(port.isEmpty ? usual : port)"
    }

    private static let usualPorts = ["http": "80", "https": "443"]

    /// Empty if none is said, nil if it is no number.
    private static func port(of authority: Substring) -> String? {
        let bracket = authority.lastIndex(of: "]") ?? authority.startIndex
        guard let colon = authority[bracket...].lastIndex(of: ":") else { return "" }
        let port = authority[authority.index(after: colon)...]
        if port.isEmpty { return "" }
        guard port.utf8.allSatisfy({ (0x30...0x39).contains($0) }), UInt16(port) != nil else {
            return nil
        }
        return String(port)
    }

    /// Whether a name or a password stands before the host.
    package static func namesUser(_ url: String) -> Bool {
        authority(of: url)?.contains("@") == true
    }

    /// For people: a URL without its query, which may hold secrets, and without who asks.
    package static func shown(_ url: String) -> String {
        let path = url.prefix { $0 != "?" && $0 != "#" }
        guard let authority = authority(of: String(path)), let at = authority.lastIndex(of: "@"),
            let scheme = path.ranges(of: "://").first
        else { return String(path) }
        return path[..<scheme.upperBound] + "…" + path[at...]
    }

    /// Whether nobody but this machine has the address. Of names only those that always mean it.
    package static func isLoopback(_ host: String) -> Bool {
        let name = host.lowercased()
        let host = name.hasSuffix(".") ? String(name.dropLast()) : name
        if host == "localhost" || host.hasSuffix(".localhost") { return true }
        if host == "::1" || host == "0:0:0:0:0:0:0:1" { return true }
        let mapped = "::ffff:"
        guard
            let numbers = numbers(of: host.hasPrefix(mapped) ? host.dropFirst(7) : host[...])
        else { return false }
        // 0.0.0.0 leads a client to its own machine.
        return numbers[0] == 127 || numbers == [0, 0, 0, 0]
    }

    /// The four of an address; nil for a name.
    private static func numbers(of host: Substring) -> [UInt8]? {
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        let numbers = parts.compactMap { part in
            part.utf8.allSatisfy { (0x30...0x39).contains($0) } ? UInt8(part) : nil
        }
        return parts.count == 4 && numbers.count == 4 ? numbers : nil
    }
}
