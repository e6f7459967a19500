import KernelSystem
import KernelTerminal

/// Paths for people: the home folder as `~`, and the end where there is no room for all.
package enum ShownPath {
    package static func text(_ path: String, home: String = Environment.value("HOME", or: ""))
        -> String
    {
        guard home.count > 1, path.hasPrefix(home) else { return path }
        let rest = path.dropFirst(home.count)
        return rest.isEmpty || rest.first == "/" ? "~" + rest : path
    }

    /// Whether a text that stands in a column of paths is one: it may also say what is wrong.
    static func isPath(_ text: String) -> Bool {
        text.hasPrefix("/") || text.hasPrefix("~/")
    }

    /// The last parts of the path that fit, such as `…/debug/libApps.so`.
    static func end(of path: String, columns: Int) -> String {
        guard StyledText(path).width > columns else { return path }
        var end = Substring()
        for part in path.split(separator: "/").reversed() {
            let longer = "/\(part)\(end)"
            guard StyledText(longer).width < columns else { break }
            end = Substring(longer)
        }
        // A name that is itself too long keeps its end, too.
        return "…" + (end.isEmpty ? path.suffix(max(columns - 1, 0)) : end)
    }
}
