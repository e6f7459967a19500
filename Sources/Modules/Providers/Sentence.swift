/// What servers say, made fit for one line of a message.
package enum Sentence {
    package static let charactersMax = 300

    /// One line, shortened, without a full stop at its end.
    package static func shortened(_ text: String) -> String {
        var line = ""
        var length = 0
        var owesSpace = false
        for character in text {
            if character.isWhitespace || character.isNewline || isControl(character) {
                owesSpace = !line.isEmpty
                continue
            }
            if owesSpace {
                line.append(" ")
                length += 1
                owesSpace = false
            }
            guard length < charactersMax else { return line + "…" }
            line.append(character)
            length += 1
        }
        while line.last == "." { line.removeLast() }
        return line
    }

    private static func isControl(_ character: Character) -> Bool {
        character.unicodeScalars.allSatisfy { $0.properties.generalCategory == .control }
    }
}
