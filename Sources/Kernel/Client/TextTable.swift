package import KernelTerminal

/// Rows under titles, in columns as wide as they need to be.
package struct TextTable {
    package struct Column {
        var title: String
        /// Numbers stand to the right.
        var isNumber = false
        /// Of a path the end is kept.
        package var isPath = false

        package init(title: String, isNumber: Bool = false, isPath: Bool = false) {
            self.title = title
            self.isNumber = isNumber
            self.isPath = isPath
        }
    }

    private static let gap = "  "
    /// No column is cut below this.
    private static let widthMin = 8

    private let columns: [Column]
    private let rows: [[StyledText]]
    /// Whether the last column is prose, which goes on in the next line, or is cut.
    private let wrapsLast: Bool

    package init(_ columns: [Column], rows: [[StyledText]], wrapsLast: Bool = false) {
        self.columns = columns
        self.rows = rows
        self.wrapsLast = wrapsLast
    }

    /// As wide as its cells want.
    package var width: Int {
        widths.reduce(0, +) + Self.gap.count * max(columns.count - 1, 0)
    }

    private var widths: [Int] {
        columns.indices.map { index in
            rows.reduce(columns[index].title.count) { max($0, $1[index].width) }
        }
    }

    /// The last column gives way where the screen is too narrow.
    package func lines(columnsMax: Int, indent: String = "") -> [StyledText] {
        var widths = widths
        let excess = width + indent.count - columnsMax
        if excess > 0, let last = widths.last {
            widths[widths.count - 1] = max(last - excess, min(Self.widthMin, last))
        }
        let hasTitles = columns.contains { !$0.title.isEmpty }
        let titles = columns.map { StyledText($0.title, .dim) }
        return ((hasTitles ? [titles] : []) + rows).flatMap { row in
            fitted(row, widths.last ?? 0).map { line($0, widths, indent) }
        }
    }

    /// One row, or several where its last cell goes on.
    private func fitted(_ row: [StyledText], _ width: Int) -> [[StyledText]] {
        guard wrapsLast, let last = row.last, last.width > width else { return [row] }
        let style = last.pieces.first?.style ?? .plain
        return WordWrap.lines(last.text, width: width).enumerated().map { index, text in
            let before = index == 0 ? row.dropLast() : row.dropLast().map { _ in StyledText("") }
            return before + [StyledText(text, style)]
        }
    }

    private func line(_ row: [StyledText], _ widths: [Int], _ indent: String) -> StyledText {
        // White space at the end of a line helps nobody.
        let last = row.lastIndex { !$0.text.isEmpty } ?? 0
        return (0...last).reduce(into: StyledText(indent)) { line, index in
            line += cell(row[index], width: widths[index], at: index, isLast: index == last)
        }
    }

    private func cell(
        _ text: StyledText, width: Int, at index: Int, isLast: Bool
    ) -> StyledText {
        let shown = index == columns.count - 1 ? cut(text, to: width) : text
        let padding = StyledText(String(repeating: " ", count: max(width - shown.width, 0)))
        let gap = StyledText(index == 0 ? "" : Self.gap)
        if columns[index].isNumber { return gap + padding + shown }
        return isLast ? gap + shown : gap + shown + padding
    }

    /// Only the last column is cut.
    private func cut(_ text: StyledText, to width: Int) -> StyledText {
        guard columns.last?.isPath == true, ShownPath.isPath(text.text) else {
            return text.cut(to: width)
        }
        let end = ShownPath.end(of: text.text, columns: width)
        return StyledText(end, text.pieces.first?.style ?? .plain).cut(to: width)
    }
}

extension StyledText {
    /// The first columns, with an ellipsis where something is missing. Newlines become spaces.
    package func cut(to columns: Int) -> StyledText {
        let isWhole = width <= columns && !text.contains(where: \.isNewline)
        guard !isWhole else { return self }
        var result = StyledText("")
        var room = columns - 1
        for piece in pieces {
            var kept = ""
            for character in piece.text {
                let shown = character.isNewline ? " " : String(character)
                let width = StyledText(shown).width
                guard width <= room || self.width <= columns else {
                    return result + StyledText(kept + "…", piece.style)
                }
                room -= width
                kept += shown
            }
            result += StyledText(kept, piece.style)
        }
        return result
    }

    /// One under the other.
    package static func lines(_ lines: [StyledText]) -> StyledText {
        var result = StyledText("")
        for (index, line) in lines.enumerated() {
            if index > 0 { result += "\n" }
            result += line
        }
        return result
    }
}
