/// Comments give reasons. What is to be done belongs into an issue, old code into the history.
enum CommentRules {
    static func unfinished(_ file: SourceFile) -> [Violation] {
        let marks = #/\b(?:TODO|FIXME|XXX|HACK)\b/#.wordBoundaryKind(.simple)
        let sentence = "is unfinished: finish it, or file an issue and say here what holds today."
        if let source = file.source {
            return source.comments.filter { $0.text.contains(marks) }
                .map { Violation(file, $0.line, sentence) }
        }
        guard file.kind == .other else { return [] }
        return file.lines.enumerated().filter { $0.element.contains(marks) }
            .map { Violation(file, $0.offset + 1, sentence) }
    }

    /// Best effort: lines that no sentence looks like. Quote what is meant as an example.
    static func commentedOutCode(_ file: SourceFile) -> [Violation] {
        let suspects = file.source?.comments.filter { comment in
            if comment.isDocumentation || comment.text.contains("`") {
                return false
            }
            let endsAsCode = comment.text.last.map { "{};)]=".contains($0) } ?? false
            return endsAsCode || comment.text.contains("=") || comment.text.hasPrefix("import ")
        }
        guard let suspects, !suspects.isEmpty else { return [] }
        let statements: [Regex<Substring>] = [
            #/^(?:let|var) \w+.* = .+$/#,
            #/^(?:func|if|guard|for|while|switch|struct|class|enum|extension|\w+ func)\b.*\{$/#,
            #/^import \w+$/#,
            #/^(?:return|throw|try|await) [\w.]+\(.*\)$/#,
            #/^(?:int|void|char|return|static|const)\b.*[=(].*;$/#,
            #/^(?:\}|[\w.]+\(.*\)[;{]?|[\w.]+ [-+*]?= .*[\w)\]];?)$/#,
        ]
        return suspects.compactMap { comment in
            let bare = comment.text.drop { $0 == " " }
            guard statements.contains(where: { bare.contains($0) }) else { return nil }
            return Violation(
                file, comment.line, "looks like code that was commented out: the history keeps it.")
        }
    }
}

/// Ways around the compiler's checks. Each says why it is safe; `dev/escape-hatches` holds how many
/// a target may have, so that a new one is a decision and not an accident.
enum EscapeHatches {
    static let names = ["@unchecked Sendable", "nonisolated(unsafe)", "unsafeBitCast("]

    static func lines(in file: SourceFile) -> [Int] {
        guard file.kind == .swift, let source = file.source else { return [] }
        return source.codeLines.enumerated()
            .filter { line in names.contains { line.element.contains($0) } }
            .map { $0.offset + 1 }
    }

    /// The reason stands on the same line or right above, attributes in between not counted.
    static func withoutReason(_ file: SourceFile) -> [Violation] {
        let comments = Set((file.source?.comments ?? []).filter { $0.text.count > 8 }.map(\.line))
        let code = file.source?.codeLines ?? []
        let hatches = lines(in: file)
        return hatches.compactMap { line in
            // One reason may stand above several hatches in a row.
            var above = line - 1
            while above > 0,
                hatches.contains(above)
                    || code[above - 1].drop(while: \.isWhitespace).hasPrefix("@")
            {
                above -= 1
            }
            guard !comments.contains(line), !comments.contains(above) else { return nil }
            return Violation(
                file, line, "escapes the compiler's checks: say on the line above why that is safe."
            )
        }
    }

    /// `target count` a line; `#` begins a comment.
    static func budget(_ text: String) -> [String: Int] {
        var budget: [String: Int] = [:]
        for line in text.split(separator: "\n") where !line.hasPrefix("#") {
            let words = line.split(separator: " ")
            if words.count == 2, let count = Int(words[1]) {
                budget[String(words[0])] = count
            }
        }
        return budget
    }

    static func count(_ files: [SourceFile], _ table: PackageTable) -> [String: Int] {
        var counts: [String: Int] = [:]
        for file in files {
            if let row = table.row(of: file.path) {
                counts[row.target, default: 0] += lines(in: file).count
            }
        }
        return counts.filter { $0.value > 0 }
    }

    static func problems(_ counts: [String: Int], _ budget: [String: Int]) -> [String] {
        Set(counts.keys).union(budget.keys).sorted().compactMap { target in
            let count = counts[target] ?? 0
            let allowed = budget[target] ?? 0
            if count > allowed {
                return
                    "\(target) has \(count) escape hatches, \(allowed) are allowed: find another "
                    + "way, or write `\(target) \(count)` into dev/escape-hatches and defend it."
            }
            return count < allowed
                ? "\(target) has \(count) escape hatches, fewer than the \(allowed) allowed: "
                    + "write `\(target) \(count)` into dev/escape-hatches." : nil
        }
    }
}
