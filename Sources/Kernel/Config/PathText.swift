/// Paths as text; nothing here looks at the disk.
package enum PathText {
    package static func isAbsolute(_ path: String) -> Bool { path.hasPrefix("/") }

    /// `path` if that is absolute, else below `folder`; without ".", ".." and doubled slashes.
    package static func join(_ folder: String, _ path: String) -> String {
        let whole = isAbsolute(path) ? path : folder + "/" + path
        var parts: [Substring] = []
        for part in whole.split(separator: "/") where part != "." {
            if part == ".." { _ = parts.popLast() } else { parts.append(part) }
        }
        return "/" + parts.joined(separator: "/")
    }

    package static func folder(of path: String) -> String {
        join(path, "..")
    }

    package static func lastPart(of path: String) -> String {
        path.split(separator: "/").last.map { String($0) } ?? path
    }
}
