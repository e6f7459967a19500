package import ModuleJSON

/// Whether one module may have another do something: a call must never give the caller more than
/// it has, so that all that the other may reach has to be within its own permissions.
package struct PermissionCover: Sendable {
    private let home: String?

    /// `home` is what `~` stands for; without it `~` is only itself.
    package init(home: String?) {
        self.home = home
    }

    /// One permission that a module lacks.
    package struct Missing: Sendable, Hashable {
        /// The member of `permissions`: `read`, `write`, `network`, `dbus`, `execute`.
        package let kind: String
        package let value: String
    }

    /// The first permission of `callee` that is not within those of `caller`; nil if all are.
    package func missing(caller: JSON, callee: JSON) -> Missing? {
        for (kind, covers) in Self.kinds {
            let own = Self.list(caller, kind)
            for wanted in Self.list(callee, kind)
            where !own.contains(where: { covers(self)($0, wanted) }) {
                return Missing(kind: kind, value: wanted)
            }
        }
        return nil
    }

    private typealias Rule = @Sendable (PermissionCover) -> (String, String) -> Bool

    private static let kinds: KeyValuePairs<String, Rule> = [
        "read": { $0.coversPath }, "write": { $0.coversPath },
        "network": { _ in coversAddress }, "dbus": { _ in coversName },
        "execute": { $0.coversPath },
    ]

    private static func list(_ permissions: JSON, _ kind: String) -> [String] {
        permissions[kind]?.array?.compactMap(\.string) ?? []
    }

    // MARK: Rules

    /// A path covers itself and all below it.
    private func coversPath(_ own: String, _ wanted: String) -> Bool {
        guard own != wanted else { return true }
        guard let own = parts(own), let wanted = parts(wanted) else { return false }
        return wanted.starts(with: own)
    }

    /// Nil for a path of which it is not known here where it leads.
    private func parts(_ path: String) -> [Substring]? {
        var path = path
        let isInHome = path == "~" || path.hasPrefix("~/")
        if let home, isInHome { path = home + path.dropFirst() }
        let parts = path.split(separator: "/").filter { $0 != "." }
        guard isInHome || path.hasPrefix("/"), !parts.contains("..") else { return nil }
        return parts
    }

    /// `host:port`, where `*` on either side stands for all.
    private static func coversAddress(_ own: String, _ wanted: String) -> Bool {
        guard own != wanted, own != "*" else { return true }
        let (mine, theirs) = (ends(own), ends(wanted))
        return (mine.host == "*" || mine.host == theirs.host)
            && (mine.port == "*" || mine.port == theirs.port)
    }

    private static func ends(_ address: String) -> (host: Substring, port: Substring) {
        guard let colon = address.lastIndex(of: ":") else { return (address[...], "") }
        return (address[..<colon], address[address.index(after: colon)...])
    }

    /// A bus name, where `org.example.*` stands for all that begin so.
    private static func coversName(_ own: String, _ wanted: String) -> Bool {
        own == wanted || own == "*" || (own.hasSuffix(".*") && wanted.hasPrefix(own.dropLast()))
    }
}
