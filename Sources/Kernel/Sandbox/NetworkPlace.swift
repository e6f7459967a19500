/// One entry of the permission `network`: which servers it names, and at which ports.
package struct NetworkPlace: Sendable, Hashable {
    package let host: Host
    /// Nil: all.
    package let port: UInt16?

    package enum Host: Sendable, Hashable {
        /// Every name and public address.
        case any
        /// In lower case, without a dot at its end.
        case name(String)
        /// Every name that ends in this, which begins with a dot.
        case below(String)
        /// `text` as it was written.
        case address(InternetAddress, text: String)
    }

    package static let portOfHostAlone: UInt16 = 443

    /// `host:port`, where `*` stands for all on either side; `host` alone is `host:443`, `*.host`
    /// every name below it, `*` everything, `[::1]:80` an address of IPv6. Nil if it is none.
    package init?(_ entry: String) {
        guard entry != "*" else {
            host = .any
            port = nil
            return
        }
        guard let (place, port) = Self.ends(entry), let host = Self.host(place) else { return nil }
        switch port {
        case nil: self.port = Self.portOfHostAlone
        case "*": self.port = nil
        case let text?:
            guard let number = UInt16(text), number > 0 else { return nil }
            self.port = number
        }
        self.host = host
    }

    private static func ends(_ entry: String) -> (host: Substring, port: Substring?)? {
        if entry.hasPrefix("[") {
            guard let close = entry.firstIndex(of: "]") else { return nil }
            let host = entry[entry.index(after: entry.startIndex)..<close]
            let rest = entry[entry.index(after: close)...]
            guard !rest.isEmpty else { return (host, nil) }
            return rest.hasPrefix(":") ? (host, rest.dropFirst()) : nil
        }
        let colons = entry.filter { $0 == ":" }.count
        guard colons == 1, let colon = entry.firstIndex(of: ":") else { return (entry[...], nil) }
        return (entry[..<colon], entry[entry.index(after: colon)...])
    }

    private static func host(_ text: Substring) -> Host? {
        if text == "*" { return .any }
        if let address = InternetAddress(text) { return .address(address, text: String(text)) }
        let isBelow = text.hasPrefix("*.")
        guard let name = HostName(isBelow ? text.dropFirst(2) : text) else { return nil }
        return isBelow ? .below("." + name.text) : .name(name.text)
    }

    package func opens(port wanted: UInt16) -> Bool { port == nil || port == wanted }

    /// Whether everything that the other one names is named by this. An address is named by itself
    /// alone, since a private one is, and this machine too.
    package func covers(_ other: NetworkPlace) -> Bool {
        guard port == nil || port == other.port else { return false }
        switch (host, other.host) {
        case (.any, .any), (.any, .below): return true
        case (.any, .name(let name)): return !HostName.isThisMachine(name)
        case (.any, .address), (.name, .below), (.name, .any), (.below, .any): return false
        case (.address(let mine, _), .address(let theirs, _)): return mine == theirs
        case (.name(let mine), .name(let theirs)): return mine == theirs
        case (.below(let mine), .name(let theirs)): return theirs.hasSuffix(mine)
        case (.below(let mine), .below(let theirs)): return theirs.hasSuffix(mine)
        case (.address, _), (_, .address): return false
        }
    }
}

/// The name of a host, as it may stand in a URL: nothing that anybody could read in another way.
package struct HostName: Sendable, Hashable {
    /// In lower case, without a dot at its end.
    package let text: String

    package init?(_ text: some StringProtocol) {
        var name = text.lowercased()
        if name.hasSuffix(".") { name.removeLast() }
        let labels = name.split(separator: ".", omittingEmptySubsequences: false)
        guard !name.isEmpty, name.utf8.count <= 253, let last = labels.last,
            labels.allSatisfy({ (1...63).contains($0.utf8.count) }),
            name.utf8.allSatisfy(Self.isAllowed),
            // Else it is a number in one of the forms that some take for an address.
            !last.utf8.allSatisfy({ (0x30...0x39).contains($0) }), !last.hasPrefix("0x")
        else { return nil }
        self.text = name
    }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
        case UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"): true
        default: false
        }
    }

    package static func isThisMachine(_ name: String) -> Bool {
        name == "localhost" || name.hasSuffix(".localhost")
    }
}
