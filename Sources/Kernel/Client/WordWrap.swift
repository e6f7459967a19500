import KernelTerminal

/// Prose in lines of a width, broken between words.
enum WordWrap {
    /// A word that is wider than the line stands in a line of its own, uncut.
    static func lines(_ text: String, width: Int) -> [String] {
        var lines: [String] = []
        var line = ""
        for word in text.split(whereSeparator: \.isWhitespace) {
            let longer = line.isEmpty ? String(word) : "\(line) \(word)"
            if line.isEmpty || StyledText(longer).width <= width {
                line = longer
            } else {
                lines.append(line)
                line = String(word)
            }
        }
        return lines + (line.isEmpty ? [] : [line])
    }
}
