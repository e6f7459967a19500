import KernelSystem

/// Enough of a terminal to see what the screen's bytes come to: rows with soft wrapping, the cursor
/// moves that the screen uses, a scrollback, and a change of size. What it does not know
/// it records.
package struct TerminalEmulator {
    /// How a terminal counts a cluster of several scalars: as one glyph (tmux), or each by itself
    /// (xterm). Both are seen in the wild.
    package enum Widths: CaseIterable { case joined, separate }

    package struct Row: Equatable {
        /// The second half of a wide glyph is empty; a blank is a space.
        package var cells: [String]
        /// Whether the terminal itself went on in the next row.
        package var isWrapped = false
        /// Blanks at the end of a wrapped row, before a wide glyph that had no room in it.
        package var padding = 0

        package var text: String {
            var text = cells.joined()
            while text.last == " " { text.removeLast() }
            return text
        }
    }

    package private(set) var columns: Int
    package private(set) var rows: Int
    package private(set) var scrollback: [Row] = []
    package private(set) var grid: [Row]
    package private(set) var row = 0
    package private(set) var column = 0
    package private(set) var unknown: [String] = []
    private let widths: Widths
    private var isWrapPending = false
    private var joinsNext = false

    package init(columns: Int, rows: Int, widths: Widths = .joined) {
        self.columns = columns
        self.rows = rows
        self.widths = widths
        grid = Array(repeating: Self.blank(columns), count: rows)
    }

    /// All rows, scrolled away or not, without the empty ones at the end.
    package var transcript: [String] {
        var texts = (scrollback + grid).map(\.text)
        while texts.last == "" { texts.removeLast() }
        return texts
    }

    /// The row of the cursor in the transcript.
    package var transcriptRow: Int { scrollback.count + row }

    /// Rows that the terminal wrapped are put together again.
    package var lines: [String] {
        var lines: [String] = []
        var isOpen = false
        for row in scrollback + grid {
            let text = row.isWrapped ? row.cells.dropLast(row.padding).joined() : row.text
            if isOpen { lines[lines.count - 1] += text } else { lines.append(text) }
            isOpen = row.isWrapped
        }
        return lines
    }

    package mutating func feed(_ bytes: [UInt8]) {
        var scalars = String(decoding: bytes, as: UTF8.self).unicodeScalars.makeIterator()
        while let scalar = scalars.next() {
            switch scalar {
            case "\u{1B}": escape(&scalars)
            case "\r": moveTo(column: 0)
            case "\n": lineFeed()
            case "\u{8}": moveTo(column: column - 1)
            case "\t": moveTo(column: (column / 8 + 1) * 8)
            default: put(scalar)
            }
        }
    }

    private mutating func escape(_ scalars: inout String.UnicodeScalarView.Iterator) {
        var sequence = ""
        let kind = scalars.next()
        if kind == "]" { return command(&scalars) }
        guard kind == "[" else { return unknown.append("ESC") }
        while let scalar = scalars.next() {
            sequence.unicodeScalars.append(scalar)
            if scalar.value >= 0x40 { break }
        }
        let number = Int(sequence.dropLast())
        switch sequence.last {
        case "A": moveTo(row: row - (number ?? 1))
        case "B": moveTo(row: row + (number ?? 1))
        case "C": moveTo(column: column + (number ?? 1))
        case "G": moveTo(column: (number ?? 1) - 1)
        case "H" where sequence == "H":
            moveTo(row: 0)
            moveTo(column: 0)
        case "J":
            if number == 2 { grid = Array(repeating: Self.blank(columns), count: rows) }
            eraseRest()
            for below in (row + 1)..<max(rows, row + 1) { grid[below] = Self.blank(columns) }
        case "K": eraseRest()
        case "m": break
        case _ where sequence.hasPrefix("?2026") || sequence.hasPrefix("?2004"): break
        default: unknown.append(sequence)
        }
    }

    /// Of an operating system command, only where a link leads is known.
    private mutating func command(_ scalars: inout String.UnicodeScalarView.Iterator) {
        var text = ""
        while let scalar = scalars.next() {
            guard scalar != "\u{1B}" else {
                if scalars.next() != "\\" { unknown.append("ESC in a command") }
                break
            }
            text.unicodeScalars.append(scalar)
        }
        if !text.hasPrefix("8;;") { unknown.append(text) }
    }

    private mutating func moveTo(row target: Int) {
        row = min(max(target, 0), rows - 1)
        isWrapPending = false
    }

    private mutating func moveTo(column target: Int) {
        column = min(max(target, 0), columns - 1)
        isWrapPending = false
        joinsNext = false
    }

    private mutating func lineFeed() {
        isWrapPending = false
        guard row == rows - 1 else { return row += 1 }
        scrollback.append(grid.removeFirst())
        grid.append(Self.blank(columns))
    }

    private mutating func eraseRest() {
        for position in column..<columns { grid[row].cells[position] = " " }
        grid[row].isWrapped = false
    }

    private mutating func put(_ scalar: Unicode.Scalar) {
        let width = max(TerminalDevice.width(of: scalar), 0)
        let joins = joinsNext || (0x1F3FB...0x1F3FF).contains(scalar.value)
        joinsNext = false
        if width == 0 || (widths == .joined && joins) {
            joinsNext = scalar == "\u{200D}"
            return attach(scalar)
        }
        if isWrapPending || column + width > columns {
            grid[row].isWrapped = true
            grid[row].padding = isWrapPending ? 0 : columns - column
            lineFeed()
            column = 0
        }
        breakWide(at: column)
        if width == 2 { breakWide(at: column + 1) }
        grid[row].cells[column] = String(scalar)
        if width == 2 { grid[row].cells[column + 1] = "" }
        column += width
        isWrapPending = column == columns
        if isWrapPending { column -= 1 }
    }

    private mutating func attach(_ scalar: Unicode.Scalar) {
        var target = isWrapPending ? column : column - 1
        while target > 0 && grid[row].cells[target].isEmpty { target -= 1 }
        if target >= 0 { grid[row].cells[target].unicodeScalars.append(scalar) }
    }

    /// Half of a wide glyph that is written over takes the other half with it.
    private mutating func breakWide(at column: Int) {
        if grid[row].cells[column].isEmpty { grid[row].cells[column - 1] = " " }
        if column + 1 < columns && grid[row].cells[column + 1].isEmpty {
            grid[row].cells[column + 1] = " "
        }
    }

    private static func blank(_ columns: Int) -> Row {
        Row(cells: Array(repeating: " ", count: columns))
    }

    // MARK: - Size

    /// As tmux and most terminals do: rows that wrapped are put together and broken anew, rows that
    /// are too wide are broken, and the cursor keeps its place in the text.
    package mutating func resize(columns newColumns: Int, rows newRows: Int) {
        var all = scrollback + grid
        var cursor = (row: scrollback.count + row, column: isWrapPending ? columns : column)
        while all.count > cursor.row + 1, all.last?.text == "" { all.removeLast() }
        (all, cursor) = Self.reflow(all, cursor, columns: newColumns)
        columns = newColumns
        rows = newRows
        if all.count < rows {
            all += Array(repeating: Self.blank(columns), count: rows - all.count)
        }
        let hidden = min(all.count - rows, cursor.row)
        scrollback = Array(all[..<hidden])
        grid = Array(all[hidden..<hidden + rows])
        row = cursor.row - hidden
        column = min(cursor.column, columns - 1)
        isWrapPending = false
    }

    private static func reflow(
        _ all: [Row], _ cursor: (row: Int, column: Int), columns: Int
    ) -> ([Row], (row: Int, column: Int)) {
        var result: [Row] = []
        var newCursor = (row: 0, column: 0)
        var line: [String] = []
        var cursorInLine: Int?
        for (number, row) in all.enumerated() {
            if number == cursor.row { cursorInLine = line.count + cursor.column }
            line += row.cells.dropLast(row.isWrapped ? row.padding : 0)
            if row.isWrapped && number < all.count - 1 { continue }
            while line.count > max(cursorInLine ?? 0, 0), line.last == " " { line.removeLast() }
            let first = result.count
            result += broken(line, columns: columns)
            if var place = cursorInLine {
                var row = first
                while row < result.count - 1, place >= Self.used(result[row]) {
                    place -= Self.used(result[row])
                    row += 1
                }
                newCursor = (row, place)
            }
            line = []
            cursorInLine = nil
        }
        return (result, newCursor)
    }

    /// The cells of a wrapped row: all, but for a last one that a wide glyph did not fit in.
    private static func used(_ row: Row) -> Int { row.cells.count - row.padding }

    private static func broken(_ line: [String], columns: Int) -> [Row] {
        var rows: [Row] = []
        var rest = line[...]
        repeat {
            var cells = Array(rest.prefix(columns))
            if rest.count > columns, rest[rest.startIndex + columns].isEmpty { cells.removeLast() }
            rest = rest.dropFirst(cells.count)
            let padding = Array(repeating: " ", count: columns - cells.count)
            rows.append(
                Row(cells: cells + padding, isWrapped: !rest.isEmpty, padding: padding.count))
        } while !rest.isEmpty
        return rows
    }
}
