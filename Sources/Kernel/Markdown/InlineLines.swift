import KernelTerminal

/// Styled text in lines of a width, broken between words; in a word only where it is wider than a
/// line, and between characters of scripts that are written without spaces.
struct InlineLines {
    private let columns: Int
    private var lines: [StyledText] = []
    private var line: [StyledText.Piece] = []
    private var column = 0
    private var gap: StyledText.Piece?
    private var word: [(text: Character, columns: Int, style: Style)] = []
    private var wordColumns = 0

    /// Before which no line ends, and behind which none.
    private static let closing = Set("、。，．！？：；）」』】》〉］｝ー々…")
    private static let opening = Set("（「『【《〈［｛")

    init(columns: Int) {
        self.columns = max(columns, 1)
    }

    mutating func add(_ text: String, _ style: Style) {
        for character in text { add(character, style) }
    }

    mutating func finish() -> [StyledText] {
        endWord()
        if !line.isEmpty || lines.isEmpty { endLine() }
        return lines
    }

    private mutating func add(_ character: Character, _ style: Style) {
        switch character {
        case "\n", "\r\n":
            endWord()
            endLine()
        case " ", "\t":
            endWord()
            let text = (gap?.text ?? "") + " "
            gap = StyledText.Piece(text: text, style: gap?.style == style ? style : .plain)
            if gap?.text.utf8.count == 1 { gap?.style = style }
        default:
            let width = character.columns
            let isLoose = width == 2 && character.isLetter
            if isLoose, !word.isEmpty, !Self.closing.contains(character),
                !Self.opening.contains(word[word.count - 1].text)
            {
                endWord()
            }
            word.append((character, width, style))
            wordColumns += width
            if Self.closing.contains(character) { endWord() }
        }
    }

    private mutating func endWord() {
        guard !word.isEmpty else { return }
        let gapColumns = gap?.text.utf8.count ?? 0
        if column > 0, column + gapColumns + wordColumns > columns {
            endLine()
        } else if let gap, column > 0 || lines.isEmpty {
            put(gap.text, gap.style)
            column += gapColumns
        }
        gap = nil
        for part in word {
            if column > 0, column + part.columns > columns { endLine() }
            put(String(part.text), part.style)
            column += part.columns
        }
        word = []
        wordColumns = 0
    }

    private mutating func put(_ text: String, _ style: Style) {
        if let last = line.last, last.style == style {
            line[line.count - 1].text += text
        } else {
            line.append(StyledText.Piece(text: text, style: style))
        }
    }

    private mutating func endLine() {
        lines.append(StyledText(line))
        line = []
        column = 0
        gap = nil
    }
}
