/// The bytes of one frame. Rows count from the first row of the line being typed; the cursor is
/// moved by rows relatively and in a row absolutely, so that a terminal that disagrees about the
/// width of a cluster is put right by the next move.
struct ScreenOutput {
    private(set) var bytes: [UInt8] = []
    private(set) var row: Int
    /// Nil where terminals differ: behind the last column.
    private(set) var column: Int?
    private let columns: Int
    private let isStyled: Bool

    private static let beginFrame = Array("\u{1B}[?2026h".utf8)
    private static let endFrame = Array("\u{1B}[?2026l".utf8)

    init(row: Int, column: Int?, columns: Int, isStyled: Bool) {
        self.row = row
        self.column = column
        self.columns = columns
        self.isStyled = isStyled
    }

    /// For one write. Plain characters need no brackets: nothing can be seen half done.
    var frame: [UInt8] {
        bytes.contains(0x1B) ? Self.beginFrame + bytes + Self.endFrame : bytes
    }

    mutating func append(_ text: String) {
        bytes += text.utf8
    }

    /// To a row that exists.
    mutating func move(toRow target: Int, column wanted: Int) {
        if target < row { control(row - target, "A") }
        if target > row { control(target - row, "B") }
        row = target
        guard column != wanted else { return }
        if wanted == 0 {
            append("\r")
        } else if let column, column == wanted + 1 {
            append("\u{8}")
        } else {
            control(wanted + 1, "G")
        }
        column = wanted
    }

    /// To the next row, which is made if there is none.
    mutating func newRow() {
        append("\r\n")
        row += 1
        column = 0
    }

    mutating func eraseBelow() {
        append("\u{1B}[J")
    }

    mutating func eraseRest() {
        append("\u{1B}[K")
    }

    /// The rest of a row, from its cell `first` on.
    mutating func write(_ cells: [Cell], from first: Int) {
        var position = cells[..<first].reduce(0) { $0 + $1.width }
        var style = Style.plain
        for cell in cells[first...] {
            if isStyled && cell.style != style {
                append(style.ending)
                append(cell.style.sequence)
                style = cell.style
            }
            // A terminal that draws it narrower leaves a hole, which must not show what was there.
            if cell.isDisputed { eraseRest() }
            append(cell.glyph)
            position += cell.width
            if cell.isDisputed && position < columns {
                append(style.ending)
                control(position + 1, "G")
                eraseRest()
                append(style.sequence)
            }
        }
        append(style.ending)
        column = position < columns ? position : nil
    }

    /// What the terminal did itself has left the cursor at the beginning of row 0.
    mutating func restart() {
        row = 0
        column = 0
    }

    private mutating func control(_ number: Int, _ final: Character) {
        append(number == 1 ? "\u{1B}[\(final)" : "\u{1B}[\(number)\(final)")
    }
}
