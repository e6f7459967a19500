/// Where everything stands on a screen of so many columns: the prompt, the text behind it in rows,
/// and the cursor. Rows are found for the whole text, cells only made for the rows that are shown.
struct TextLayout {
    private struct Row {
        var start: Int
        var end: Int
        var isContinuation: Bool
    }

    let columns: Int
    private let text: String
    private let promptRows: [[Cell]]
    private let continuation: [Cell]
    private var rows: [Row] = []
    private(set) var cursorRow = 0
    private(set) var cursorColumn = 0

    init(prompt: StyledText, continuation: StyledText, text: String, cursor: Int, columns: Int) {
        self.columns = max(columns, 2)
        self.text = text
        promptRows = Self.wrap(prompt, columns: self.columns)
        // A continuation mark that leaves no room for text is left out.
        let mark = continuation.row(columns: self.columns)
        self.continuation = mark.count < self.columns / 2 ? mark : []
        findRows(cursor: cursor)
    }

    var rowCount: Int { promptRows.count - 1 + rows.count }

    func cells(ofRow number: Int) -> [Cell] {
        guard number >= promptRows.count - 1 else { return promptRows[number] }
        let row = rows[number - promptRows.count + 1]
        var cells = number == promptRows.count - 1 ? promptRows[number] : []
        if row.isContinuation { cells = continuation }
        var column = cells.reduce(0) { $0 + $1.width }
        let utf8 = text.utf8
        let start = utf8.index(text.startIndex, offsetBy: row.start)
        let end = utf8.index(text.startIndex, offsetBy: row.end)
        for cluster in text[start..<end] {
            var cell = Cell(cluster, atColumn: column)
            cell.clip(to: cluster == "\t" ? columns - column : columns)
            cells.append(cell)
            column += cell.width
        }
        return cells
    }

    private mutating func findRows(cursor: Int) {
        let text = text  // a copy, so that the span does not borrow self
        let span = text.utf8Span.span
        let count = span.count
        var row = Row(start: 0, end: 0, isContinuation: false)
        var column = promptRows.last?.reduce(0) { $0 + $1.width } ?? 0
        let markWidth = continuation.reduce(0) { $0 + $1.width }
        var offset = 0
        while offset < count {
            let byte = span[offset]
            if byte == 0x0A {
                if offset == cursor { placeCursor(&row, &column, offset) }
                row.end = offset
                rows.append(row)
                offset += 1
                row = Row(start: offset, end: offset, isContinuation: true)
                column = markWidth
                continue
            }
            let (length, width, room) = measure(span, offset, column)
            if column + room > columns && column > 0 && !(byte == 0x09 && column < columns) {
                row.end = offset
                rows.append(row)
                row = Row(start: offset, end: offset, isContinuation: false)
                column = 0
            }
            if offset == cursor { setCursor(column) }
            column += byte == 0x09 ? tabWidth(at: column) : width
            offset += length
        }
        if cursor >= count { placeCursor(&row, &column, count) }
        row.end = count
        rows.append(row)
    }

    /// The cursor behind the last character of a row that is full stands in a row of its own.
    private mutating func placeCursor(_ row: inout Row, _ column: inout Int, _ offset: Int) {
        if column >= columns {
            row.end = offset
            rows.append(row)
            row = Row(start: offset, end: offset, isContinuation: false)
            column = 0
        }
        setCursor(column)
    }

    private mutating func setCursor(_ column: Int) {
        cursorRow = promptRows.count - 1 + rows.count
        cursorColumn = column
    }

    private func tabWidth(at column: Int) -> Int {
        min(Cell.tabWidth - column % Cell.tabWidth, columns - column)
    }

    /// Bytes, columns and room of the cluster at `offset`. A printable ASCII byte before another
    /// ASCII byte is a cluster: nothing can combine with it.
    private func measure(
        _ span: borrowing Span<UInt8>, _ offset: Int, _ column: Int
    ) -> (length: Int, width: Int, room: Int) {
        let byte = span[offset]
        if byte >= 0x20 && byte < 0x7F && (offset + 1 == span.count || span[offset + 1] < 0x80) {
            return (1, 1, 1)
        }
        let index = text.utf8.index(text.startIndex, offsetBy: offset)
        let cluster = text[index]
        var cell = Cell(cluster, atColumn: column)
        cell.clip(to: columns)
        return (cluster.utf8.count, cell.width, cell.room)
    }

    /// A prompt of any length; its last row is where the text begins.
    private static func wrap(_ prompt: StyledText, columns: Int) -> [[Cell]] {
        var rows: [[Cell]] = [[]]
        var column = 0
        for piece in prompt.pieces {
            for cluster in piece.text {
                if cluster.isNewline {
                    rows.append([])
                    column = 0
                    continue
                }
                var cell = Cell(cluster, style: piece.style, atColumn: column)
                cell.clip(to: columns)
                if column + cell.room > columns && column > 0 {
                    rows.append([])
                    column = 0
                }
                rows[rows.count - 1].append(cell)
                column += cell.width
            }
        }
        return rows
    }
}
