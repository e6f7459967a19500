import KernelBase
import KernelSandbox

/// A URL that was taken apart here, so that what was checked is what is asked: it is put together
/// anew for whoever sends it, who could read the original in another way.
struct WebAddress: Sendable, Hashable {
    let isEncrypted: Bool
    let place: ServerPlace
    /// Path and query.
    private let target: String

    static let bytesMax = 8_192

    init(_ text: String) throws(ErrandRefusal) {
        let (scheme, rest) = Self.divided(text)
        guard text.utf8.count <= Self.bytesMax,
            text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }),
            scheme == "http" || scheme == "https"
        else {
            throw ErrandRefusal(
                .invalid,
                "\"\(text.prefix(200))\" is no URL that begins with http:// or https:// and has "
                    + "only letters, digits and signs of ASCII in it, at most \(Self.bytesMax)")
        }
        let place = rest.prefix { !"/?#".contains($0) }
        isEncrypted = scheme == "https"
        target = Self.target(rest.dropFirst(place.count))
        self.place = try Self.place(place, isEncrypted ? 443 : 80, text)
    }

    private static func divided(_ text: String) -> (scheme: String, rest: Substring) {
        guard let colon = text.firstIndex(of: ":"), text[colon...].hasPrefix("://") else {
            return ("", "")
        }
        return (text[..<colon].lowercased(), text[colon...].dropFirst(3))
    }

    /// Without the fragment, which is no server's business.
    private static func target(_ text: Substring) -> String {
        let kept = text.prefix { $0 != "#" }
        return kept.hasPrefix("/") ? String(kept) : "/" + kept
    }

    private static func place(
        _ text: Substring, _ usualPort: UInt16, _ url: String
    ) throws(ErrandRefusal) -> ServerPlace {
        guard !text.contains("@") else {
            throw ErrandRefusal(
                .invalid, "a URL with a name or password in it is not asked: write them to a header"
            )
        }
        var name = text
        var port: Substring?
        if text.hasPrefix("[") {
            guard text.contains("]") else { throw ServerPlace.noHost(text) }
            name = text.dropFirst().prefix { $0 != "]" }
            let rest = text.dropFirst(name.count + 2)
            port = rest.isEmpty ? nil : rest
        } else if let colon = text.firstIndex(of: ":") {
            name = text[..<colon]
            port = text[colon...]
        }
        guard let number = portNumber(port, usualPort) else {
            throw ErrandRefusal(.invalid, "\"\(url.prefix(200))\" has no port behind its colon")
        }
        guard let place = ServerPlace(host: String(name), port: number) else {
            throw ServerPlace.noHost(text)
        }
        // Brackets stand around an address of IPv6, and around nothing else.
        guard name.contains(":") == text.hasPrefix("[") else { throw ServerPlace.noHost(text) }
        return place
    }

    private static func portNumber(_ text: Substring?, _ usual: UInt16) -> UInt16? {
        guard let text, text != ":" else { return usual }
        guard text.dropFirst().utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            let number = UInt16(text.dropFirst()), number > 0
        else { return nil }
        return number
    }

    private var origin: String { "\(isEncrypted ? "https" : "http")://\(place)" }

    var text: String { origin + target }

    func hasOrigin(of other: WebAddress) -> Bool { origin == other.origin }

    /// Where a redirection leads that was given here.
    func following(_ location: String) throws(ErrandRefusal) -> WebAddress {
        if !Self.divided(location).scheme.isEmpty { return try WebAddress(location) }
        if location.hasPrefix("//") {
            return try WebAddress((isEncrypted ? "https:" : "http:") + location)
        }
        if location.hasPrefix("/") { return try WebAddress(origin + location) }
        let path = target.prefix { $0 != "?" }
        if location.hasPrefix("?") { return try WebAddress(origin + path + location) }
        if location.isEmpty || location.hasPrefix("#") { return self }
        let folder = path.lastIndex(of: "/").map { path[...$0] } ?? "/"
        return try WebAddress(origin + folder + location)
    }
}
