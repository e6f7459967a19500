/// The candidates of a completion as rows under the text: in columns, or one a row if they have
/// descriptions.
package enum CompletionMenu {
    private static let gap = 2
    /// Names beyond this width are cut where a description stands beside them.
    private static let nameWidthMax = 32

    package static func rows(
        _ candidates: [CompletionCandidate], selected: Int?, columns: Int, rowsMax: Int
    ) -> [StyledText] {
        guard rowsMax > 0, !candidates.isEmpty else { return [] }
        let isDescribed = candidates.contains { !$0.about.isEmpty }
        let widest = candidates.reduce(0) { max($0, StyledText($1.text).width) }
        let cellWidth = isDescribed ? columns : min(widest + gap, columns)
        let perRow = max(columns / max(cellWidth, 1), 1)
        let page = Page(
            count: candidates.count, perRow: perRow, rowsMax: rowsMax, selected: selected)
        let nameWidth = isDescribed ? min(widest, nameWidthMax, max(columns / 2, 1)) : widest
        var rows = page.rows.map { row in
            row.reduce(into: StyledText("")) { text, index in
                text += cell(candidates[index], isSelected: index == selected, nameWidth)
            }
        }
        if page.hidden > 0 {
            rows.append(StyledText("and \(page.hidden) more", .dim))
        }
        return rows
    }

    private static func cell(
        _ candidate: CompletionCandidate, isSelected: Bool, _ width: Int
    ) -> StyledText {
        let name = StyledText(candidate.text).row(columns: width)
        let used = name.reduce(0) { $0 + $1.width }
        let shown = name.map(\.glyph).joined()
        let space = String(repeating: " ", count: max(width - used, 0) + gap)
        return StyledText(shown, isSelected ? .selected : .plain) + StyledText(space)
            + StyledText(candidate.about, .dim)
    }

    /// Which candidates are shown: a window of rows around the selected one.
    private struct Page {
        let rows: [Range<Int>]
        let hidden: Int

        init(count: Int, perRow: Int, rowsMax: Int, selected: Int?) {
            let rowCount = (count + perRow - 1) / perRow
            // The last row of the room says how many are missing.
            let shown = rowCount <= rowsMax ? rowCount : max(rowsMax - 1, 1)
            let first = min(max((selected ?? 0) / perRow - shown + 1, 0), rowCount - shown)
            rows = (first..<first + shown).map { $0 * perRow..<min(($0 + 1) * perRow, count) }
            hidden = rowsMax > 1 ? count - rows.reduce(0) { $0 + $1.count } : 0
        }
    }
}
