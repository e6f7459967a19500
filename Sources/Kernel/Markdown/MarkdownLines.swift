import KernelTerminal

/// Blocks as lines of a width. Each stands for itself, so that lines that were shown stay true
/// whatever comes after them.
struct MarkdownLines {
    private let look: MarkdownLook
    /// The text that the blocks come from, for the empty lines between them.
    private let source: [Substring]

    /// What is left for the text if lists and quotes take the rest.
    private static let columnsMin = 8

    init(_ look: MarkdownLook, source: [Substring]) {
        self.look = look
        self.source = source
    }

    func lines(of node: MarkdownNode) -> [StyledText] {
        lines(of: node, columns: look.columns)
    }

    /// A point of a list whose number is known.
    func lines(ofPoint node: MarkdownNode, number: Int?) -> [StyledText] {
        point(node, number: number, columns: look.columns)
    }

    /// Whether an empty line stands before it.
    func hasGap(before node: MarkdownNode) -> Bool {
        let index = node.firstLine - 2
        guard source.indices.contains(index) else { return false }
        return source[index].utf8.allSatisfy { " \t>\r".utf8.contains($0) }
    }

    private func lines(of node: MarkdownNode, columns: Int) -> [StyledText] {
        switch node.kind {
        case .quote: prefixed(blocks(node, columns: columns - 2), columns)
        case .list(let start): points(node, start: start, columns: columns)
        case .item: point(node, number: nil, columns: columns)
        case .code(let code, let info, let fence):
            self.code(code, info: info, fence: fence)
        case .html(let text): Self.rows(text).map { StyledText(String($0)) }
        case .heading(let level): heading(node, level: level, columns: columns)
        case .rule: [StyledText(String(repeating: "─", count: min(columns, look.columns)), .dim)]
        case .table(let alignments):
            TableLines(node, alignments, look, columns: columns).lines
        default: InlineText(node.children, .plain, look).lines(columns: columns)
        }
    }

    // MARK: - Containers

    private func blocks(_ node: MarkdownNode, columns: Int) -> [StyledText] {
        var lines: [StyledText] = []
        for (index, child) in node.children.enumerated() {
            if index > 0, hasGap(before: child) { lines.append("") }
            lines += self.lines(of: child, columns: max(columns, Self.columnsMin))
        }
        return lines
    }

    private func prefixed(_ lines: [StyledText], _ columns: Int) -> [StyledText] {
        let mark = StyledText(look.isStyled ? "▎ " : "> ", .dim)
        guard columns - 2 >= Self.columnsMin else { return lines }
        return lines.map { mark + $0 }
    }

    private func points(_ node: MarkdownNode, start: Int?, columns: Int) -> [StyledText] {
        var lines: [StyledText] = []
        for (index, child) in node.children.enumerated() {
            if index > 0, hasGap(before: child) { lines.append("") }
            lines += point(child, number: start.map { $0 + index }, columns: columns)
        }
        return lines
    }

    private func point(_ node: MarkdownNode, number: Int?, columns: Int) -> [StyledText] {
        var mark = number.map { StyledText("\($0). ") } ?? StyledText("• ")
        if case .item(let isDone?) = node.kind {
            mark = StyledText(isDone ? "[x] " : "[ ] ", isDone ? .success : .plain)
        }
        let width = mark.width
        let lines = blocks(node, columns: columns - width)
        let isRoomy = columns - width >= Self.columnsMin
        let hanging = StyledText(String(repeating: " ", count: isRoomy ? width : 0))
        guard let first = lines.first else { return [mark] }
        return [mark + first] + lines.dropFirst().map { $0.pieces.isEmpty ? $0 : hanging + $0 }
    }

    // MARK: - Leaves

    private func heading(_ node: MarkdownNode, level: Int, columns: Int) -> [StyledText] {
        guard look.isStyled else {
            let marks = String(repeating: "#", count: level) + " "
            return InlineText(node.children, .plain, look).lines(columns: columns - marks.count)
                .map { StyledText(marks) + $0 }
        }
        let style = level == 1 ? Style(.standard, [.bold, .underlined]) : .bold
        return InlineText(node.children, style, look).lines(columns: columns)
    }

    private func code(_ code: String, info: String, fence: CodeFence?) -> [StyledText] {
        guard let fence else { return Self.rows(code).map { StyledText("    " + $0) } }
        var lexer = CodeLexer(info: info)
        return [CodeLines.opening(fence, info: info)]
            + Self.rows(code).map { CodeLines.line($0, &lexer) } + [CodeLines.closing(fence)]
    }

    private static func rows(_ text: String) -> [Substring] {
        var rows = text.split(separator: "\n", omittingEmptySubsequences: false)
        if rows.last == "" { rows.removeLast() }
        return rows
    }
}

/// The lines of a block of code: as they were written, so that they can be copied, between fences.
enum CodeLines {
    private static let tabColumns = 4

    static func opening(_ fence: CodeFence, info: String) -> StyledText {
        StyledText(fence.text + info, .dim)
    }

    static func closing(_ fence: CodeFence) -> StyledText { StyledText(fence.text, .dim) }

    static func line(_ text: Substring, _ lexer: inout CodeLexer) -> StyledText {
        lexer.line(Substring(untabbed(text)))
    }

    /// A tab would go to where the terminal has it, not to where it is seen from the text's edge.
    private static func untabbed(_ text: Substring) -> String {
        guard text.utf8.contains(0x09) else { return String(text) }
        var result = ""
        var column = 0
        for character in text {
            if character == "\t" {
                let count = tabColumns - column % tabColumns
                result += String(repeating: " ", count: count)
                column += count
            } else {
                result.append(character)
                column += character.columns
            }
        }
        return result
    }
}
