import KernelTerminal

/// A table that fits the width: cells are broken between words, and where even that gives columns
/// too narrow to read, each row stands as its names and values.
struct TableLines {
    private let look: MarkdownLook
    private let columns: Int
    private let alignments: [MarkdownNode.Alignment]
    private let head: [InlineText]
    private let rows: [[InlineText]]

    private static let gap = 3
    /// A column that is broken is not made narrower.
    private static let brokenMin = 10

    init(
        _ node: MarkdownNode, _ alignments: [MarkdownNode.Alignment], _ look: MarkdownLook,
        columns: Int
    ) {
        self.look = look
        self.columns = columns
        self.alignments = alignments
        var head: [InlineText] = []
        var rows: [[InlineText]] = []
        for row in node.children {
            let isHead = row.kind == .row(isHead: true)
            let cells = row.children.prefix(alignments.count).map { cell in
                InlineText(cell.children, isHead && look.isStyled ? .bold : .plain, look)
            }
            if isHead { head = cells } else { rows.append(cells) }
        }
        self.head = head
        self.rows = rows
    }

    var lines: [StyledText] {
        guard !head.isEmpty else { return [] }
        let natural = head.indices.map { index in
            ([head] + rows).reduce(1) { width, row in
                guard index < row.count else { return width }
                return row[index].lines(columns: .max).reduce(width) { max($0, $1.width) }
            }
        }
        guard let widths = fitted(natural) else { return pairs }
        var lines = row(head, widths)
        lines.append(rule(widths))
        return lines + rows.flatMap { row($0, widths) }
    }

    /// Columns that want less than their share leave the rest to the others; nil if that is not
    /// enough for all.
    private func fitted(_ natural: [Int]) -> [Int]? {
        var room = columns - Self.gap * (natural.count - 1)
        guard natural.reduce(0, +) > room else { return natural }
        var widths = natural
        var open = Array(natural.indices)
        while !open.isEmpty {
            let share = room / open.count
            let modest = open.filter { natural[$0] <= share }
            guard !modest.isEmpty else {
                guard share >= Self.brokenMin else { return nil }
                for (place, index) in open.enumerated() {
                    widths[index] = share + (place < room % open.count ? 1 : 0)
                }
                return widths
            }
            for index in modest { room -= natural[index] }
            open.removeAll(where: modest.contains)
        }
        return widths
    }

    private func row(_ cells: [InlineText], _ widths: [Int]) -> [StyledText] {
        let broken = widths.indices.map { index in
            index < cells.count ? cells[index].lines(columns: widths[index]) : []
        }
        let height = max(broken.map(\.count).max() ?? 1, 1)
        return (0..<height).map { number in
            var line: StyledText = ""
            for (index, width) in widths.enumerated() {
                if index > 0 { line += StyledText(" │ ", .dim) }
                let text = number < broken[index].count ? broken[index][number] : ""
                line += padded(text, width, alignments[index], isLast: index == widths.count - 1)
            }
            return line
        }
    }

    private func padded(
        _ text: StyledText, _ width: Int, _ alignment: MarkdownNode.Alignment, isLast: Bool
    ) -> StyledText {
        let free = max(width - text.width, 0)
        let before =
            switch alignment {
            case .left: 0
            case .centre: free / 2
            case .right: free
            }
        let after = isLast ? 0 : free - before
        return StyledText(String(repeating: " ", count: before)) + text
            + StyledText(String(repeating: " ", count: after))
    }

    private func rule(_ widths: [Int]) -> StyledText {
        let parts = widths.map { String(repeating: "─", count: $0) }
        return StyledText(parts.joined(separator: "─┼─"), .dim)
    }

    // MARK: - Names and values

    private var pairs: [StyledText] {
        var lines: [StyledText] = []
        for (number, row) in rows.enumerated() {
            if number > 0 { lines.append(StyledText(String(repeating: "─", count: 3), .dim)) }
            for (index, cell) in row.enumerated() where index < head.count {
                var pair = InlineLines(columns: columns)
                for piece in head[index].pieces { pair.add(piece.text, piece.style) }
                pair.add(": ", .plain)
                for piece in cell.pieces { pair.add(piece.text, piece.style) }
                lines += pair.finish()
            }
        }
        return rows.isEmpty ? head.flatMap { $0.lines(columns: columns) } : lines
    }
}
