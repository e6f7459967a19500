package import KernelSystem

/// The rows at the bottom of the terminal that show the line being typed. Pure: what is to be seen
/// goes in, the bytes that make it so come out, as few as possible, for one write.
package struct Screen {
    /// A submitted text is shown in full up to so many rows.
    private static let finishedRowsMax = 200

    package private(set) var size: TerminalSize
    private let isStyled: Bool
    private let reflows: Bool

    private var content = ScreenContent()
    private var painted: [[Cell]] = []
    private var cursorRow = 0
    private var cursorColumn: Int? = 0
    /// The first row that is shown of a text that is taller than the screen.
    private var top = 0

    /// `reflows`: whether the terminal breaks its rows anew when its width changes.
    package init(size: TerminalSize, isStyled: Bool, reflows: Bool) {
        self.size = Self.usable(size)
        self.isStyled = isStyled
        self.reflows = reflows
    }

    package mutating func paint(_ content: ScreenContent) -> [UInt8] {
        self.content = content
        var output = begin()
        repaint(&output)
        return end(output)
    }

    /// Whole lines above the line being typed, which moves down; `content`: what is at the bottom
    /// from then on, if that has changed with them. Were it painted as it was first, one that is as
    /// tall as the screen would push the lines out of sight. The text must be safe already.
    package mutating func printAbove(_ text: String, _ content: ScreenContent? = nil) -> [UInt8] {
        self.content = content ?? self.content
        var output = begin()
        erase(&output)
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            output.append(String(line))
            output.append("\r\n")
        }
        output.restart()
        repaint(&output)
        return end(output)
    }

    /// The text as it will stay, and the cursor on a new row below it.
    package mutating func finish() -> [UInt8] {
        content.below = []
        content.cursor = content.text.utf8.count
        var output = begin()
        if layout().rowCount <= size.rows {
            repaint(&output)
            output.newRow()
        } else {
            erase(&output)
            writeAll(&output)
        }
        return leave(&output)
    }

    /// Takes the rows of the line being typed off the screen.
    package mutating func withdraw() -> [UInt8] {
        var output = begin()
        erase(&output)
        return leave(&output)
    }

    package mutating func clearScreen() -> [UInt8] {
        var output = begin()
        output.append("\u{1B}[H\u{1B}[2J")
        output.restart()
        painted = []
        repaint(&output)
        return end(output)
    }

    /// Somebody else has written to the terminal; the cursor stands on an empty row.
    package mutating func forget() {
        painted = []
        cursorRow = 0
        cursorColumn = nil
    }

    package mutating func resize(to size: TerminalSize) -> [UInt8] {
        let old = self.size
        self.size = Self.usable(size)
        guard self.size != old else { return [] }
        cursorRow = min(rowsAboveCursor(oldColumns: old.columns), self.size.rows - 1)
        cursorColumn = nil
        var output = begin()
        erase(&output)
        repaint(&output)
        return end(output)
    }

    private static func usable(_ size: TerminalSize) -> TerminalSize {
        TerminalSize(columns: max(size.columns, 2), rows: max(size.rows, 1))
    }

    // MARK: - Frames

    private func begin() -> ScreenOutput {
        ScreenOutput(
            row: cursorRow, column: cursorColumn, columns: size.columns, isStyled: isStyled)
    }

    private mutating func end(_ output: ScreenOutput) -> [UInt8] {
        cursorRow = output.row
        cursorColumn = output.column
        return output.frame
    }

    private mutating func leave(_ output: inout ScreenOutput) -> [UInt8] {
        painted = []
        top = 0
        content = ScreenContent()
        output.restart()
        return end(output)
    }

    private mutating func erase(_ output: inout ScreenOutput) {
        guard !painted.isEmpty else { return }
        output.move(toRow: 0, column: 0)
        output.eraseBelow()
        painted = []
    }

    private func layout() -> TextLayout {
        TextLayout(
            prompt: content.prompt, continuation: content.continuation, text: content.text,
            cursor: content.cursor, columns: size.columns)
    }

    private mutating func repaint(_ output: inout ScreenOutput) {
        let layout = layout()
        let belowMax = max(size.rows - layout.rowCount, size.rows / 2)
        let below = content.below.prefix(belowMax)
        let height = min(layout.rowCount, size.rows - below.count)
        top = min(max(top, layout.cursorRow - height + 1), layout.cursorRow)
        top = min(max(top, 0), layout.rowCount - height)
        let rows =
            (top..<top + height).map(layout.cells) + below.map { $0.row(columns: size.columns) }
        for number in rows.indices { update(number, to: rows[number], &output) }
        if painted.count > rows.count {
            output.move(toRow: rows.count, column: 0)
            output.eraseBelow()
        }
        painted = rows
        output.move(toRow: layout.cursorRow - top, column: layout.cursorColumn)
    }

    private func update(_ number: Int, to cells: [Cell], _ output: inout ScreenOutput) {
        guard number < painted.count else {
            reach(newRow: number, &output)
            output.write(cells, from: 0)
            return
        }
        let old = painted[number]
        guard old != cells else { return }
        let same = zip(old, cells).prefix { $0 == $1 }.count
        let column = cells[..<same].reduce(0) { $0 + $1.width }
        output.move(toRow: number, column: column)
        // A wide or disputed cluster that is partly overwritten may leave something behind.
        let isErasedFirst = old[same...].contains { $0.width != 1 || $0.isDisputed }
        if isErasedFirst { output.eraseRest() }
        output.write(cells, from: same)
        let width = cells.reduce(0) { $0 + $1.width }
        if !isErasedFirst && width < old.reduce(0, { $0 + $1.width }) { output.eraseRest() }
    }

    /// Rows are made one after another, so the row above exists.
    private func reach(newRow number: Int, _ output: inout ScreenOutput) {
        guard number > 0 else { return output.move(toRow: 0, column: 0) }
        if output.row < number - 1 { output.move(toRow: number - 1, column: 0) }
        output.newRow()
    }

    private func writeAll(_ output: inout ScreenOutput) {
        let layout = layout()
        let shown = min(layout.rowCount, Self.finishedRowsMax)
        for number in 0..<shown {
            output.write(layout.cells(ofRow: number), from: 0)
            output.newRow()
        }
        if shown < layout.rowCount {
            let hidden = StyledText("… \(layout.rowCount - shown) more rows", .dim)
            output.write(hidden.row(columns: size.columns), from: 0)
            output.newRow()
        }
    }

    // MARK: - After a change of the width

    /// How many rows of the terminal now lie between the first row that was painted and the cursor.
    private func rowsAboveCursor(oldColumns: Int) -> Int {
        guard reflows, size.columns < oldColumns, cursorRow < painted.count else {
            return cursorRow
        }
        let above = painted[..<cursorRow].reduce(0) { $0 + brokenRows($1, upTo: .max) }
        return above + brokenRows(painted[cursorRow], upTo: cursorColumn ?? 0) - 1
    }

    /// The rows that the cells up to the one at a column take, in a terminal of the width of now.
    /// Where terminals differ (a cursor behind a row that is just full, blanks at the end of a row,
    /// disputed clusters) the lower number is taken: better a row is left over than a row of an
    /// event lost.
    private func brokenRows(_ cells: [Cell], upTo limit: Int) -> Int {
        var rows = 1
        var column = 0
        var passed = 0
        for width in Self.unbreakableWidths(cells) where passed <= limit {
            if column + width > size.columns {
                rows += 1
                column = 0
            }
            column += width
            passed += width
        }
        return rows
    }

    private static func unbreakableWidths(_ cells: [Cell]) -> [Int] {
        let blanks = cells.reversed().prefix { $0.glyph.utf8.allSatisfy { $0 == 0x20 } }.count
        var widths: [Int] = []
        for cell in cells.dropLast(blanks) {
            let isOneGlyph = cell.width == 2 && !cell.isDisputed && cell.glyph.utf8.first! > 0x7F
            widths += isOneGlyph ? [2] : Array(repeating: 1, count: cell.width)
        }
        if let last = cells.dropLast(blanks).last, last.isDisputed {
            widths.removeLast(last.width - 1)
        }
        return widths
    }
}
