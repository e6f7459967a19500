extension StyledText {
    /// Prose, of which long lines are broken between words; what follows a break begins below the
    /// beginning of its line. A word that is wider than the screen is left to the terminal.
    package func wrapped(columnsMax: Int) -> StyledText {
        guard width > columnsMax else { return self }
        var result: StyledText = ""
        for (index, line) in lines.enumerated() {
            if index > 0 { result += "\n" }
            result += line.width > columnsMax ? line.broken(columnsMax) : line
        }
        return result
    }

    private var lines: [StyledText] {
        var lines: [StyledText] = [""]
        for piece in pieces {
            let parts = piece.text.split(separator: "\n", omittingEmptySubsequences: false)
            for (index, part) in parts.enumerated() {
                if index > 0 { lines.append("") }
                lines[lines.count - 1] += StyledText(String(part), piece.style)
            }
        }
        return lines
    }

    /// One line, in which words keep their styles.
    private func broken(_ columnsMax: Int) -> StyledText {
        let indent = String(text.prefix { $0 == " " })
        var result: StyledText = ""
        var column = 0
        for (gap, word) in words {
            let width = word.width
            if column > indent.count, column + gap.width + width > columnsMax {
                result += StyledText("\n" + indent) + word
                column = indent.count + width
            } else {
                result += gap + word
                column += gap.width + width
            }
        }
        return result
    }

    /// Each word with the spaces before it.
    private var words: [(gap: StyledText, word: StyledText)] {
        var words: [(gap: StyledText, word: StyledText)] = []
        var isInWord = false
        for piece in pieces {
            var rest = piece.text[...]
            while let first = rest.first {
                let isSpace = first == " "
                let run = rest.prefix { ($0 == " ") == isSpace }
                rest = rest[run.endIndex...]
                let text = StyledText(String(run), piece.style)
                if isSpace {
                    words.append((text, ""))
                    isInWord = true
                } else if isInWord {
                    words[words.count - 1].word += text
                } else {
                    words.append(("", text))
                    isInWord = true
                }
            }
        }
        return words
    }
}
