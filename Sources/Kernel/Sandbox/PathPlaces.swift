import KernelSystem

/// What the beginnings of paths in permissions stand for. Nothing here looks at the disk.
package struct PathPlaces: Sendable, Hashable {
    private let home: String
    private let variables: [String: String]
    /// The folders that `$ROOTS` stands for.
    package var roots: [String]

    private static let defaults = [
        "XDG_CONFIG_HOME": ".config", "XDG_DATA_HOME": ".local/share",
        "XDG_STATE_HOME": ".local/state", "XDG_CACHE_HOME": ".cache",
    ]

    /// The variables of the environment that say where the user's folders are.
    package static var variableNames: [String] { ["HOME"] + defaults.keys.sorted() }

    package init(home: String, environment: [String: String], roots: [String] = []) {
        self.home = home
        self.roots = roots
        var variables = ["HOME": home]
        for (name, place) in Self.defaults {
            let set = environment[name].flatMap { $0.hasPrefix("/") ? $0 : nil }
            variables[name] = set ?? "\(home)/\(place)"
        }
        self.variables = variables
    }

    package static let ofThisProcess = PathPlaces(
        home: Environment.value("HOME", or: "/"),
        environment: Dictionary(
            uniqueKeysWithValues: defaults.keys.compactMap { name in
                Environment.value(name).map { (name, $0) }
            }))

    package func expand(_ entries: [String]) throws(PermissionProblem) -> [String] {
        var paths: [String] = []
        for entry in entries { paths += try expand(entry) }
        return paths
    }

    /// The absolute paths that an entry stands for, without "." and "..".
    package func expand(_ entry: String) throws(PermissionProblem) -> [String] {
        let first = entry.prefix { $0 != "/" }
        let rest = entry.dropFirst(first.count)
        switch first {
        case "": return [Self.normalized(entry)]
        case "~": return [Self.normalized(home + rest)]
        case "$ROOTS": return roots.map { Self.normalized($0 + rest) }
        default:
            guard first.hasPrefix("$"), let folder = variables[String(first.dropFirst())] else {
                throw PermissionProblem(
                    "\"\(entry)\" does not begin with \"/\", \"~/\", \"$ROOTS\" or one of "
                        + variables.keys.sorted().map { "\"$\($0)\"" }.joined(separator: ", "))
            }
            return [Self.normalized(folder + rest)]
        }
    }

    static func normalized(_ path: String) -> String {
        var parts: [Substring] = []
        for part in path.split(separator: "/") where part != "." {
            if part == ".." { _ = parts.popLast() } else { parts.append(part) }
        }
        return "/" + parts.joined(separator: "/")
    }

    /// Whether `path` is `folder` or lies in it.
    package static func contains(_ folder: String, _ path: String) -> Bool {
        folder == "/" || path == folder || path.hasPrefix(folder + "/")
    }
}
