/// Documents are found by their title and hang together by their links.
enum MarkdownRules {
    static func title(_ file: SourceFile) -> [Violation] {
        guard file.kind == .markdown else { return [] }
        let titles = prose(file).filter { $0.text.hasPrefix("# ") }
        guard titles.count != 1 else { return [] }
        return [
            Violation(file, titles.last?.line ?? 1, "has \(titles.count) titles; wanted is one.")
        ]
    }

    /// `paths` are the files and folders that a link may lead to.
    static func links(_ file: SourceFile, paths: Set<String>) -> [Violation] {
        guard file.kind == .markdown else { return [] }
        return prose(file).flatMap { line in
            line.text.matches(of: #/\]\(([^)\s]+)(?:\s+"[^"]*")?\)/#).compactMap { match in
                let target = match.1.prefix { $0 != "#" }
                guard !match.1.contains(":"), !target.isEmpty else { return nil }
                return paths.contains(resolved(String(target), from: file.path))
                    ? nil : Violation(file, line.line, "links to \(target), which does not exist.")
            }
        }
    }

    /// The lines outside fenced blocks, without what is quoted as code.
    private static func prose(_ file: SourceFile) -> [(line: Int, text: String)] {
        var isFenced = false
        var found: [(line: Int, text: String)] = []
        for (offset, line) in file.lines.enumerated() {
            if line.drop(while: \.isWhitespace).hasPrefix("```") {
                isFenced.toggle()
            } else if !isFenced {
                found.append((offset + 1, line.replacing(#/`[^`]*`/#, with: "")))
            }
        }
        return found
    }

    static func resolved(_ link: String, from path: String) -> String {
        var parts =
            link.hasPrefix("/") ? [] : path.split(separator: "/").dropLast().map(String.init)
        for part in link.split(separator: "/") where part != "." {
            if part == ".." {
                _ = parts.popLast()
            } else {
                parts.append(String(part))
            }
        }
        return parts.joined(separator: "/")
    }
}
