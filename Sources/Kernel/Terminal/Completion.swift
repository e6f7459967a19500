/// One way in which the text could go on.
package struct CompletionCandidate: Equatable, Sendable {
    /// What replaces the part that is completed.
    package var text: String
    package var about: String
    /// Added once the candidate is taken: a space after a finished word, nothing after a folder.
    package var suffix: String

    package init(_ text: String, about: String = "", suffix: String = " ") {
        self.text = text
        self.about = about
        self.suffix = suffix
    }
}

/// What a completion provider answers. The range is in UTF-8 offsets of the text that it was asked
/// about.
package struct CompletionResult: Equatable, Sendable {
    package var range: Range<Int>
    package var candidates: [CompletionCandidate]

    package init(replacing range: Range<Int>, candidates: [CompletionCandidate]) {
        self.range = range
        self.candidates = candidates
    }

    package static func none(at cursor: Int) -> Self {
        Self(replacing: cursor..<cursor, candidates: [])
    }
}

/// Answers at once, from what is known already: it runs between a key and its frame. The cursor is
/// a UTF-8 offset.
package typealias CompletionProvider = @Sendable (_ text: String, _ cursor: Int) -> CompletionResult

/// Several candidates, from the first Tab until a key that is not Tab.
package struct CompletionSession: Equatable {
    package let candidates: [CompletionCandidate]
    package internal(set) var isListed = false
    package private(set) var selected: Int?
    let commonPrefix: String
    let start: Int
    /// Where the part that was put in last ends.
    var insertedEnd: Int

    init(_ result: CompletionResult) {
        candidates = result.candidates
        start = result.range.lowerBound
        insertedEnd = result.range.upperBound
        commonPrefix = Self.commonPrefix(result.candidates.map(\.text))
    }

    var selectedCandidate: CompletionCandidate? {
        selected.map { candidates[$0] }
    }

    /// Past either end comes "none", where only the common prefix stands, then the other end.
    mutating func select(by amount: Int) {
        let place = (selected ?? -1) + 1
        let count = candidates.count + 1
        let next = (place + amount + count) % count
        selected = next == 0 ? nil : next - 1
    }

    static func commonPrefix(_ texts: [String]) -> String {
        guard var prefix = texts.first else { return "" }
        for text in texts.dropFirst() {
            prefix = String(zip(prefix, text).prefix { $0 == $1 }.map(\.0))
        }
        return prefix
    }
}
