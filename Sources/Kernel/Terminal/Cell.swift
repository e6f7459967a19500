internal import KernelSystem

/// One grapheme cluster as the screen shows it.
struct Cell: Equatable {
    /// What is written. Never a control character.
    var glyph: String
    /// The columns that we give it.
    var width: Int
    /// The columns that some terminal may give it, and must find free: terminals disagree about
    /// clusters of several scalars.
    var room: Int
    var style: Style

    /// Whether the cursor must be addressed anew behind it.
    var isDisputed: Bool { glyph.utf8.count > 1 && glyph.unicodeScalars.count > 1 && !isSpelled }

    /// Written as ASCII in place of what cannot be shown.
    private var isSpelled: Bool { glyph.utf8.first! < 0x7F && glyph.utf8.allSatisfy { $0 < 0x7F } }

    static let tabWidth = 8
    /// Marks beyond these in one cluster are not shown.
    private static let scalarsMax = 16

    init(_ cluster: Character, style: Style = .plain, atColumn column: Int = 0) {
        self.style = style
        if let byte = cluster.asciiValue, byte >= 0x20, byte < 0x7F {
            glyph = String(Unicode.Scalar(byte))
            (width, room) = (1, 1)
            return
        }
        if cluster == "\t" {
            width = Self.tabWidth - column % Self.tabWidth
            glyph = String(repeating: " ", count: width)
            room = width
            return
        }
        let scalars = cluster.unicodeScalars
        if let spelled = scalars.lazy.compactMap(SafeText.replacement).first {
            glyph = scalars.count == 1 ? spelled : Self.spelled(cluster)
            (width, room) = (glyph.utf8.count, glyph.utf8.count)
            self.style = style == .plain ? .dim : style
            return
        }
        (glyph, width, room) = Self.shape(cluster)
    }

    /// A tab ends with its row, and nothing is wider than the screen.
    mutating func clip(to columns: Int) {
        guard columns < width else { return }
        glyph = String(glyph.prefix(max(columns, 0)))
        (width, room) = (glyph.count, glyph.count)
    }

    private static func spelled(_ cluster: Character) -> String {
        cluster.unicodeScalars.prefix(scalarsMax).map {
            $0.isASCII && $0.value >= 0x20 && $0.value < 0x7F
                ? String($0) : SafeText.replacement(for: $0) ?? SafeText.code($0)
        }.joined()
    }

    private static func shape(_ cluster: Character) -> (glyph: String, width: Int, room: Int) {
        let scalars = cluster.unicodeScalars.prefix(scalarsMax)
        let widths = scalars.map { max(TerminalDevice.width(of: $0), 0) }
        let sum = widths.reduce(0, +)
        if sum == 0 { return unseen(scalars.first!) }
        guard scalars.count > 1 else { return (String(cluster), sum, sum) }
        var glyph = ""
        glyph.unicodeScalars.append(contentsOf: scalars)
        let width = isEmoji(scalars) ? 2 : sum
        return (glyph, width, max(width, sum))
    }

    /// A mark without a letter is shown on a dotted circle, another invisible by its number.
    private static func unseen(
        _ scalar: Unicode.Scalar
    ) -> (glyph: String, width: Int, room: Int) {
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .enclosingMark: return ("\u{25CC}" + String(scalar), 1, 1)
        default:
            let code = SafeText.code(scalar)
            return (code, code.utf8.count, code.utf8.count)
        }
    }

    private static func isEmoji(_ scalars: some Collection<Unicode.Scalar>) -> Bool {
        scalars.contains { scalar in
            switch scalar.value {
            case 0xFE0F, 0x200D, 0x20E3, 0x1F1E6...0x1F1FF, 0x1F3FB...0x1F3FF: true
            default: false
            }
        }
    }
}

extension Character {
    /// The columns that a terminal may need for it.
    package var columns: Int {
        if let byte = asciiValue, byte >= 0x20, byte < 0x7F { return 1 }
        return Cell(self).room
    }
}

extension StyledText {
    /// As cells in one row, cut where the row is full, which an ellipsis then says.
    func row(columns: Int) -> [Cell] {
        var cells: [Cell] = []
        var column = 0
        for piece in pieces {
            for cluster in piece.text {
                let shown: Character = cluster.isNewline ? " " : cluster
                let cell = Cell(shown, style: piece.style, atColumn: column)
                if column + cell.room > columns {
                    return Self.cut(cells, columns: columns, style: piece.style)
                }
                cells.append(cell)
                column += cell.width
            }
        }
        return cells
    }

    private static func cut(_ cells: [Cell], columns: Int, style: Style) -> [Cell] {
        var kept = cells
        var width = kept.reduce(0) { $0 + $1.width }
        while width + 1 > columns, let last = kept.popLast() { width -= last.width }
        return kept + [Cell("…", style: style)]
    }

    package var width: Int { row(columns: .max).reduce(0) { $0 + $1.width } }
}
