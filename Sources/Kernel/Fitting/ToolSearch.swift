package import ModuleChat
import ModuleJSON

/// Finds tools by words, for a model whose window has no room for all of them. A value without I/O.
package struct ToolSearch: Sendable {
    /// What the model calls.
    package static let tool = ChatTool(
        name: "tool.search",
        about: "Finds more tools by what they do. Those it finds can be called next.",
        schema: [
            "type": "object",
            "properties": ["query": ["type": "string", "description": "what is to be done"]],
            "required": ["query"],
        ])

    package struct Hit: Sendable, Hashable {
        package let tool: ChatTool
        /// The higher, the better it fits.
        package let score: Int
    }

    private struct Entry: Sendable {
        let tool: ChatTool
        let name: Set<String>
        let about: Set<String>
    }

    private let entries: [Entry]

    private static let hitsUsual = 5
    private static let hitsMax = 20
    private static let queryWordsMax = 16
    private static let aboutWordsMax = 64
    /// Of a query that a model has written, a description that a module has.
    private static let bytesMax = 4_096
    /// Words that say nothing of what a tool does.
    private static let empty: Set<String> = [
        "a", "an", "and", "as", "by", "for", "from", "in", "is", "it", "its", "of", "on", "or",
        "the", "their", "this", "that", "to", "tool", "tools", "with",
    ]

    package init(_ tools: [ChatTool]) {
        entries = tools.map { tool in
            Entry(
                tool: tool, name: Set(Self.words(tool.name, atMost: Self.queryWordsMax)),
                about: Set(Self.words(tool.about, atMost: Self.aboutWordsMax)))
        }
    }

    /// The best first; among equals the one that was given first. A query without words that say
    /// something finds nothing.
    package func hits(for query: String, atMost limit: Int = hitsUsual) -> [Hit] {
        let words = Self.words(query, atMost: Self.queryWordsMax)
        var scores = [Int](repeating: 0, count: entries.count)
        for word in Set(words) {
            let fits = entries.map { Self.fit(of: word, to: $0) }
            let count = fits.count { $0 > 0 }
            guard count > 0 else { continue }
            // A word that few tools have says more.
            let rarity = (entries.count / count).bitWidthUsed
            for (index, fit) in fits.enumerated() { scores[index] += fit * rarity }
        }
        let trimmed = Self.bounded(query).split(whereSeparator: \.isWhitespace).joined()
        for (index, entry) in entries.enumerated() where entry.tool.name == trimmed {
            scores[index] += Self.wholeName
        }
        let found = scores.enumerated().filter { $0.element > 0 }
        let best = found.sorted { one, other in
            (-one.element, one.offset) < (-other.element, other.offset)
        }
        return best.prefix(max(0, min(limit, Self.hitsMax))).map {
            Hit(tool: entries[$0.offset].tool, score: $0.element)
        }
    }

    /// What the model reads: a line for each.
    package static func text(of hits: [Hit]) -> String {
        guard !hits.isEmpty else {
            return "No tool fits. Try other words for what is to be done."
        }
        return hits.map { "\($0.tool.name): \(sentence(of: $0.tool.about))" }
            .joined(separator: "\n")
    }

    private static func sentence(of about: String) -> String {
        let sentence = about.prefix { $0 != "\n" }.prefix(sentenceMax)
        return String(sentence)
    }

    private static let sentenceMax = 160

    private static let wholeName = 1_000
    private static let inName = 8
    private static let beginsName = 5
    private static let inAbout = 3
    private static let beginsAbout = 2
    /// Shorter words begin too many others.
    private static let beginningMin = 3

    private static func fit(of word: String, to entry: Entry) -> Int {
        if entry.name.contains(word) { return inName }
        if entry.name.contains(where: { isRelated(word, $0) }) { return beginsName }
        if entry.about.contains(word) { return inAbout }
        return entry.about.contains(where: { isRelated(word, $0) }) ? beginsAbout : 0
    }

    /// One begins with the other: `list` and `lists`, `file` and `filesystem`.
    private static func isRelated(_ one: String, _ other: String) -> Bool {
        min(one.utf8.count, other.utf8.count) >= beginningMin
            && (one.hasPrefix(other) || other.hasPrefix(one))
    }

    private static func bounded(_ text: String) -> String {
        String(decoding: text.utf8.prefix(bytesMax), as: UTF8.self)
    }

    /// In small letters, cut where a name of several words is cut: `fs.readFile` is three.
    private static func words(_ text: String, atMost limit: Int) -> [String] {
        var words: [String] = []
        var word = ""
        var wasSmall = false
        func end() {
            if !word.isEmpty, !empty.contains(word) { words.append(word) }
            word = ""
        }
        for character in bounded(text) {
            guard words.count < limit else { return words }
            if !character.isLetter && !character.isNumber {
                end()
                wasSmall = false
                continue
            }
            if character.isUppercase, wasSmall { end() }
            wasSmall = character.isLowercase
            word += character.lowercased()
        }
        end()
        return words
    }
}

extension Int {
    /// The logarithm with base two, and one.
    fileprivate var bitWidthUsed: Int { Self.bitWidth - leadingZeroBitCount }
}
