import ModuleJSON

/// Finds applications by what a person remembers of them.
package struct Search: Sendable {
    private let words: [String]
    private let whole: String

    package init(_ text: String) {
        whole = text.lowercased()
        words = whole.split(whereSeparator: \.isWhitespace).map(String.init)
    }

    /// Those that every word of the search is found in, best first.
    package func ranked(_ applications: [Application]) -> [Application] {
        scored(applications).map(\.application)
    }

    /// Only those that are found equally well, and better than all others.
    package func best(of applications: [Application]) -> [Application] {
        let found = scored(applications)
        return found.prefix { $0.score == found[0].score }.map(\.application)
    }

    private func scored(
        _ applications: [Application]
    ) -> [(application: Application, score: Int)] {
        applications.compactMap { application in
            let score = score(application)
            return score > 0 ? (application, score) : nil
        }.sorted { ($1.score, $0.application.name) < ($0.score, $1.application.name) }
    }

    private func score(_ application: Application) -> Int {
        if words.isEmpty { return 0 }
        if words.count == 1, whole.contains("/") { return scoreByType(application) }
        var total = 0
        for word in words {
            let score = score(application, word)
            if score == 0 { return 0 }
            total += score
        }
        return application.name.lowercased() == whole ? total + 1000 : total
    }

    /// A MIME type, or all of a kind as "image/*".
    private func scoreByType(_ application: Application) -> Int {
        if application.mimeTypes.contains(where: { $0.lowercased() == whole }) { return 100 }
        guard whole.hasSuffix("/*") else { return 0 }
        let kind = whole.dropLast()
        return application.mimeTypes.contains { $0.lowercased().hasPrefix(kind) } ? 50 : 0
    }

    private func score(_ application: Application, _ word: String) -> Int {
        let id = application.id.lowercased().dropLast(".desktop".count)
        let program = application.command?.split(separator: " ").first?.split(separator: "/").last
        let candidates: [(text: String, weight: Int)] = [
            (application.name, 10), (String(id), 8), (application.genericName ?? "", 6),
            (program.map(String.init) ?? "", 6), (application.keywords.joined(separator: " "), 5),
            (application.categories.joined(separator: " "), 3), (application.comment ?? "", 1),
        ]
        return candidates.lazy.map { Search.fit(word, in: $0.text) * $0.weight }.max() ?? 0
    }

    /// 4: the whole text; 3: it begins so; 2: a word of it begins so; 1: somewhere inside.
    private static func fit(_ word: String, in text: String) -> Int {
        let text = text.lowercased()
        if text == word { return 4 }
        if text.hasPrefix(word) { return 3 }
        let parts = text.split { !$0.isLetter && !$0.isNumber }
        if parts.contains(where: { $0.hasPrefix(word) }) { return 2 }
        return text.contains(word) ? 1 : 0
    }
}
