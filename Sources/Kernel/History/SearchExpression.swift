package import KernelStore

/// What a person looks for, in the language of FTS5, in which everything that was typed is quoted.
package struct SearchExpression {
    package let text: String

    /// A word or a phrase.
    private struct Term {
        var text = ""
        var isExcluded = false
        var isBeginning = false

        var quoted: String {
            var quoted = "\""
            for scalar in text.unicodeScalars {
                quoted.unicodeScalars.append(scalar)
                if scalar == "\"" { quoted.unicodeScalars.append(scalar) }
            }
            return quoted + "\"" + (isBeginning ? " *" : "")
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

    /// By scalars, as FTS5 reads them: a quotation mark with an accent on it is still one.
    private static func terms(_ typed: String) -> [Term] {
        var rest = typed[...].unicodeScalars
        var terms: [Term] = []
        while true {
            rest = rest.drop(while: isSpace)
            guard let first = rest.first else { return terms }
            var term = Term()
            if first == "-", let next = rest.dropFirst().first, !isSpace(next) {
                term.isExcluded = true
                rest = rest.dropFirst()
            }
            if let mark = rest.first, isMark(mark) {
                let phrase = rest.dropFirst().prefix { !isMark($0) && $0 != "\0" }
                rest = rest[phrase.endIndex...].dropFirst()
                term.text = String(Substring(phrase))
            } else {
                let word = rest.prefix { !isSpace($0) && !isMark($0) }
                rest = rest[word.endIndex...]
                let stars = word.reversed().prefix { $0 == "*" }.count
                term.text = String(Substring(word.dropLast(stars)))
                term.isBeginning = stars > 0 && term.text.count >= beginningMin
            }
            if !term.text.isEmpty { terms.append(term) }
        }
    }

    /// FTS5 reads no further than to a zero.
    private static func isSpace(_ scalar: Unicode.Scalar) -> Bool {
        scalar.properties.isWhitespace || scalar == "\0"
    }

    private static func isMark(_ scalar: Unicode.Scalar) -> Bool {
        scalar == "\"" || scalar == "“" || scalar == "”" || scalar == "„"
    }
}
