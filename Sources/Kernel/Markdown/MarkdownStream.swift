package import KernelTerminal

/// Markdown that comes in pieces, as lines for a terminal. Blocks that have ended are handed out
/// and never looked at again; only what follows them is parsed anew with each piece. How the text
/// was cut into pieces makes no difference to what comes out.
package struct MarkdownStream: Sendable {
    package let look: MarkdownLook
    /// Whole lines behind what was handed out, as the parser shall see them.
    private var lines: [String] = []
    private var byteCount = 0
    /// What no newline came after yet.
    private var rest = ""
    private var hiding = SourceGuard()
    private var code: OpenCode?
    private var before = Before.nothing
    private var settled: [StyledText] = []
    private let isPlain: Bool

    /// A fence that no list or quote holds: its lines are done as they come.
    private struct OpenCode {
        let fence: CodeFence
        var lexer: CodeLexer
    }

    /// What was handed out last.
    private enum Before {
        case nothing, block
        /// A point of a list that goes on, with what number, and whether behind an empty line.
        case point(next: Int?, hasGap: Bool)
    }

    /// A longer line goes on in the next one.
    private static let lineBytesMax = 8 << 10
    /// A block that is longer ends there, since all of it is parsed with each piece.
    private static let blockBytesMax = 16 << 10

    package init(_ look: MarkdownLook) {
        self.look = look
        isPlain = MarkdownParser.problem != nil
    }

    /// Why Markdown is shown as it is written; nil if it is not.
    package static var problem: String? { MarkdownParser.problem }

    /// A whole text.
    package static func lines(_ text: String, _ look: MarkdownLook) -> [StyledText] {
        var stream = MarkdownStream(look)
        return stream.add(text) + stream.finish()
    }

    /// The lines that the piece completes.
    package mutating func add(_ piece: String) -> [StyledText] {
        rest += piece
        guard piece.utf8.contains(0x0A) || rest.utf8.count > Self.lineBytesMax else { return [] }
        var left = rest[...]
        while let (line, next) = Self.firstLine(left) {
            take(line)
            left = left[next...]
        }
        rest = String(left)
        settle()
        return handOut()
    }

    /// Everything that is left. The next piece begins a new text.
    package mutating func finish() -> [StyledText] {
        if !rest.isEmpty { take(Self.withoutReturn(rest[...])) }
        if let code { settled.append(CodeLines.closing(code.fence)) }
        endBlocks(MarkdownParser.blocks(lines.joined(separator: "\n")) ?? [], lines)
        let result = handOut()
        self = MarkdownStream(look)
        return result
    }

    /// What more is to come of, as it looks now.
    package var unfinished: [StyledText] {
        if var code {
            let isMark = !rest.isEmpty && rest.utf8.allSatisfy { $0 == code.fence.mark }
            return rest.isEmpty || isMark
                ? [] : [code.lexer.line(Substring(SafeText.visible(rest)))]
        }
        guard !isPlain else {
            return rest.isEmpty ? [] : [Self.plain(rest[...], look)]
        }
        var copy = self
        var hiding = hiding
        let last = hiding.hide(Substring(SafeText.visible(rest)))
        var text = lines.joined(separator: "\n") + "\n" + last
        var blocks = MarkdownParser.blocks(text) ?? []
        if !Self.endsInCode(blocks.last) {
            text = OpenText.shown(lines, last)
            blocks = MarkdownParser.blocks(text) ?? []
        }
        copy.endBlocks(blocks, lines + [last])
        return copy.settled
    }

    // MARK: - Lines

    /// Up to a newline, or to where a line becomes too long: at a space if there is one.
    private static func firstLine(_ text: Substring) -> (line: Substring, next: String.Index)? {
        let head = text.utf8.prefix(lineBytesMax + 1)
        if let end = head.firstIndex(of: 0x0A) {
            return (withoutReturn(text[..<end]), text.utf8.index(after: end))
        }
        guard text.utf8.count > lineBytesMax else { return nil }
        var bound = text.utf8.index(text.startIndex, offsetBy: lineBytesMax)
        while text.utf8[bound] & 0xC0 == 0x80 { text.utf8.formIndex(before: &bound) }
        if let space = text.utf8[..<bound].lastIndex(of: 0x20), space > text.startIndex {
            return (text[..<space], text.utf8.index(after: space))
        }
        return (text[..<bound], bound)
    }

    private static func withoutReturn(_ line: Substring) -> Substring {
        line.utf8.last == 0x0D ? line[..<line.utf8.index(before: line.endIndex)] : line
    }

    private mutating func take(_ line: Substring) {
        guard !isPlain else { return settled.append(Self.plain(line, look)) }
        let shown = Substring(SafeText.visible(String(line)))
        if code != nil { return takeCode(shown) }
        let masked = hiding.hide(shown)
        lines.append(masked)
        byteCount += masked.utf8.count + 1
        let trimmed = masked.drop { $0 == " " }
        let mayOpenCode = trimmed.hasPrefix("```") || trimmed.hasPrefix("~~~")
        if mayOpenCode || byteCount >= Self.blockBytesMax { settle() }
    }

    private mutating func takeCode(_ line: Substring) {
        guard var open = code else { return }
        if open.fence.isEnded(by: line) {
            settled.append(CodeLines.closing(open.fence))
            code = nil
        } else {
            settled.append(CodeLines.line(open.fence.content(of: line), &open.lexer))
            code = open
        }
    }

    private static func plain(_ line: Substring, _ look: MarkdownLook) -> StyledText {
        StyledText(SafeText.visible(String(line))).wrapped(columnsMax: look.columns)
    }

    // MARK: - Blocks

    private mutating func handOut() -> [StyledText] {
        defer { settled = [] }
        return settled
    }

    /// Hands out the blocks behind which another one has begun, and points of a list likewise.
    private mutating func settle() {
        guard code == nil, !lines.isEmpty else { return }
        let blocks = MarkdownParser.blocks(lines.joined(separator: "\n")) ?? []
        guard let last = blocks.last else { return drop(through: lines.count) }
        if case .code(_, let info, let fence?) = last.kind, last.firstLine == lines.count {
            endBlocks(Array(blocks.dropLast()), lines)
            openGap()
            settled.append(CodeLines.opening(fence, info: info))
            code = OpenCode(fence: fence, lexer: CodeLexer(info: info))
            hiding = SourceGuard()
            before = .block
            return drop(through: lines.count)
        }
        let kept = Self.lastPart(last).firstLine
        if kept > 1, kept <= lines.count {
            // What stands before a table in the same paragraph may have no line of its own.
            let open = blocks.reversed().prefix { $0.firstLine == 0 || $0.firstLine >= kept }
            let isList = last.firstLine < kept
            endBlocks(Array(blocks.dropLast(isList ? 1 : open.count)), lines)
            if isList { endPoints(of: last) }
            drop(through: kept - 1)
        }
        if byteCount >= Self.blockBytesMax {
            endBlocks(MarkdownParser.blocks(lines.joined(separator: "\n")) ?? [], lines)
            drop(through: lines.count)
        }
    }

    private mutating func drop(through count: Int) {
        lines.removeFirst(count)
        byteCount = lines.reduce(0) { $0 + $1.utf8.count + 1 }
    }

    /// The last point of a list; the block itself if it is none.
    private static func lastPart(_ block: MarkdownNode) -> MarkdownNode {
        if case .list = block.kind, let point = block.children.last { return point }
        return block
    }

    private static func endsInCode(_ block: MarkdownNode?) -> Bool {
        guard let block else { return false }
        return block.isCode || endsInCode(block.children.last)
    }

    private mutating func openGap() {
        if case .nothing = before { return }
        settled.append("")
    }

    private mutating func endBlocks(_ blocks: [MarkdownNode], _ source: [String]) {
        let shape = MarkdownLines(look, source: source.map { $0[...] })
        for block in blocks {
            if case .point(let next, let hasGap) = before, case .list = block.kind {
                endPoints(block.children, from: next, hasGap: hasGap, shape)
            } else {
                openGap()
                settled += shape.lines(of: block)
            }
            before = .block
        }
    }

    /// All points of a list but the last one, which may go on.
    private mutating func endPoints(of list: MarkdownNode) {
        guard case .list(var number) = list.kind, let last = list.children.last else { return }
        let shape = MarkdownLines(look, source: lines.map { $0[...] })
        var hasGap = false
        if case .point(let next, let wasGap) = before {
            (number, hasGap) = (next, wasGap)
        } else {
            openGap()
        }
        let points = list.children.dropLast()
        endPoints(Array(points), from: number, hasGap: hasGap, shape)
        before = .point(next: number.map { $0 + points.count }, hasGap: shape.hasGap(before: last))
    }

    private mutating func endPoints(
        _ points: [MarkdownNode], from number: Int?, hasGap: Bool, _ shape: MarkdownLines
    ) {
        for (index, point) in points.enumerated() {
            if index == 0 ? hasGap : shape.hasGap(before: point) { settled.append("") }
            settled += shape.lines(ofPoint: point, number: number.map { $0 + index })
        }
    }
}
