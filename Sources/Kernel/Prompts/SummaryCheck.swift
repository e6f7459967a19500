/// Whether a summary may stand for what it tells.
package enum SummaryCheck {
    package enum Fault: Sendable, Hashable, CustomStringConvertible {
        case empty
        case tooLong(tokens: Int, most: Int)
        /// Names, numbers and paths that were said more than once, and are gone.
        case lost([String])

        package var description: String {
            switch self {
            case .empty: "the summary is empty"
            case .tooLong(let tokens, let most):
                "the summary has \(tokens) tokens, and may have \(most)"
            case .lost(let words):
                "the summary leaves out " + words.prefix(3).joined(separator: ", ")
            }
        }
    }

    /// Of the words that matter, so many must be there again.
    private static let sharePercent = 50
    private static let wordsMax = 24

    package static func fault(
        of summary: String, for text: String, tokens: Int, most: Int
    ) -> Fault? {
        guard summary.contains(where: { !$0.isWhitespace }) else { return .empty }
        guard tokens <= most else { return .tooLong(tokens: tokens, most: most) }
        let wanted = landmarks(of: text)
        let present = Set(words(of: summary))
        let lost = wanted.filter { !present.contains($0) }
        let isEnough = (wanted.count - lost.count) * 100 >= wanted.count * sharePercent
        return isEnough ? nil : .lost(lost)
    }

    /// What cannot be said in other words: paths, names of files and tasks, ids and numbers that
    /// stand more than once in the text, those first that stand there most.
    static func landmarks(of text: String) -> [String] {
        var counts: [String: Int] = [:]
        for word in words(of: text) where isLandmark(word) { counts[word, default: 0] += 1 }
        return counts.filter { $0.value > 1 }
            .sorted { ($1.value, $0.key) < ($0.value, $1.key) }
            .prefix(wordsMax).map(\.key)
    }

    private static func isLandmark(_ word: String) -> Bool {
        let isMixed = word.contains { $0.isNumber } && word.count > 2
        return isMixed || word.dropFirst().contains { "/._-@".contains($0) }
    }

    private static func words(of text: String) -> [String] {
        text.split { $0.isWhitespace || "\"'`,;:()[]{}<>|".contains($0) }.compactMap { part in
            var word = part
            while let last = word.last, ".!?".contains(last) { word.removeLast() }
            return word.isEmpty ? nil : String(word)
        }
    }
}
