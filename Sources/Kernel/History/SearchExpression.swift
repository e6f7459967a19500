package import KernelStore
import ModuleJSON

/// What a person looks for, in the language of FTS5, in which everything that was typed is quoted.
package struct SearchExpression {
    package let text: String

    /// A word or a phrase.
    private struct Term {
        var text = ""
        var isExcluded = false
        var isBeginning = false

        var quoted: String {
            "\"" + text.replacing("\"", with: "\"\"") + "\"" + (isBeginning ? " *" : "")
        }
    }

    /// The beginning of a word that is looked for has at least so many characters: there are not
    /// too many words that begin with it.
    private static let beginningMin = 3

    /// `columns` are those that are looked through. Nil if there is nothing to be looked for.
    package init?(_ typed: String, columns: [String]) throws(StoreError) {
        guard typed.utf8.count <= ChatLimits.searchBytesMax else {
            throw StoreError(
                .tooLarge,
                "what is looked for has \(typed.utf8.count) bytes, more than "
                    + "\(ChatLimits.searchBytesMax): name a few words of it.")
        }
        let terms = Self.terms(typed)
        guard terms.count <= ChatLimits.searchTermsMax else {
            throw StoreError(
                .tooLarge,
                "\(terms.count) words are looked for; \(ChatLimits.searchTermsMax) are possible.")
        }
        let wanted = terms.filter { !$0.isExcluded }
        let excluded = terms.filter(\.isExcluded)
        guard !wanted.isEmpty else {
            if excluded.isEmpty { return nil }
            throw StoreError(
                .refused, "name at least one word that is there, not only what is not.")
        }
        let scope = "{\(columns.joined(separator: " "))} : "
        let all = scope + "(" + wanted.map(\.quoted).joined(separator: " ") + ")"
        let none = scope + "(" + excluded.map(\.quoted).joined(separator: " OR ") + ")"
        text = excluded.isEmpty ? all : "(\(all)) NOT (\(none))"
    }

    private static func terms(_ typed: String) -> [Term] {
        // FTS5 reads up to the first one.
        var rest = typed.replacing("\0", with: " ")[...]
        var terms: [Term] = []
        while true {
            rest = rest.drop(while: \.isWhitespace)
            guard let first = rest.first else { return terms }
            var term = Term()
            if first == "-", let next = rest.dropFirst().first, !next.isWhitespace {
                term.isExcluded = true
                rest = rest.dropFirst()
            }
            if let mark = rest.first, isMark(mark) {
                let phrase = rest.dropFirst().prefix { !isMark($0) }
                rest = rest[phrase.endIndex...].dropFirst()
                term.text = String(phrase)
            } else {
                let word = rest.prefix { !$0.isWhitespace && !isMark($0) }
                rest = rest[word.endIndex...]
                let stars = word.reversed().prefix { $0 == "*" }.count
                term.text = String(word.dropLast(stars))
                term.isBeginning = stars > 0 && term.text.count >= beginningMin
            }
            if !term.text.isEmpty { terms.append(term) }
        }
    }

    private static func isMark(_ character: Character) -> Bool { "\"“”„".contains(character) }
}
