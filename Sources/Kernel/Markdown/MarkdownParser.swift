import CMarkdown

/// The one door to cmark-gfm, which is opened with the first text.
enum MarkdownParser {
    /// What lies deeper is shown as if it were here.
    private static let depthMax: UInt32 = 32
    /// A short row of a wide table is filled up with empty cells.
    private static let tableCellsMax = 20_000

    /// Why no text can be read; nil if it can.
    package static var problem: String? {
        guard let reason = unsafe markdown_open() else { return nil }
        return unsafe String(cString: reason)
    }

    /// The blocks of the text; nil without the library.
    static func blocks(_ text: String) -> [MarkdownNode]? {
        var text = text
        let hasTables = !mayExplode(text)
        return text.withUTF8 { bytes in
            unsafe bytes.withMemoryRebound(to: CChar.self) { bytes in
                unsafe read(bytes, hasTables)
            }
        }
    }

    private static func read(
        _ bytes: UnsafeBufferPointer<CChar>, _ hasTables: Bool
    ) -> [MarkdownNode]? {
        // An empty text has no address.
        guard let base = bytes.baseAddress else { return problem == nil ? [] : nil }
        guard let document = unsafe markdown_parse(base, bytes.count, hasTables, depthMax) else {
            return nil
        }
        defer { unsafe markdown_free(document) }
        var count = 0
        guard let first = unsafe markdown_nodes(document, &count) else { return nil }
        let nodes = unsafe UnsafeBufferPointer(start: first, count: count)
        return unsafe children(of: 0, nodes)
    }

    private static func children(
        of index: Int, _ nodes: UnsafeBufferPointer<markdown_node>
    ) -> [MarkdownNode] {
        var children: [MarkdownNode] = []
        var next = index + 1
        let end = unsafe Int(nodes[index].end)
        while next < end {
            let node = unsafe nodes[next]
            unsafe children.append(
                MarkdownNode(
                    kind: kind(node), firstLine: Int(node.first_line),
                    children: self.children(of: next, nodes)))
            next = unsafe Int(node.end)
        }
        return children
    }

    private static func kind(_ node: markdown_node) -> MarkdownNode.Kind {
        switch unsafe node.kind {
        case MARKDOWN_DOCUMENT: .document
        case MARKDOWN_QUOTE: .quote
        case MARKDOWN_LIST: unsafe .list(start: node.number == 1 ? Int(node.start) : nil)
        case MARKDOWN_ITEM: unsafe .item(isDone: node.number == 0 ? nil : node.number == 2)
        case MARKDOWN_CODE: unsafe code(node)
        case MARKDOWN_HTML: unsafe .html(text(node.text, node.text_length))
        case MARKDOWN_PARAGRAPH: .paragraph
        case MARKDOWN_HEADING: unsafe .heading(level: Int(node.number))
        case MARKDOWN_RULE: .rule
        case MARKDOWN_TABLE: unsafe .table(alignments(node))
        case MARKDOWN_ROW: unsafe .row(isHead: node.number == 1)
        case MARKDOWN_CELL: .cell
        case MARKDOWN_SOFT_BREAK: .softBreak
        case MARKDOWN_HARD_BREAK: .hardBreak
        case MARKDOWN_INLINE_CODE: unsafe .inlineCode(text(node.text, node.text_length))
        case MARKDOWN_INLINE_HTML: unsafe .inlineHTML(text(node.text, node.text_length))
        case MARKDOWN_EMPHASIS: .emphasis
        case MARKDOWN_STRONG: .strong
        case MARKDOWN_STRUCK: .struck
        case MARKDOWN_LINK: unsafe .link(address: text(node.extra, node.extra_length))
        case MARKDOWN_IMAGE: unsafe .image(address: text(node.extra, node.extra_length))
        default: unsafe .text(text(node.text, node.text_length))
        }
    }

    private static func code(_ node: markdown_node) -> MarkdownNode.Kind {
        let fence = unsafe CodeFence(
            mark: UInt8(bitPattern: node.mark), length: Int(node.number), indent: Int(node.start))
        return unsafe .code(
            text(node.text, node.text_length), info: text(node.extra, node.extra_length),
            fence: fence.length == 0 ? nil : fence)
    }

    private static func alignments(_ node: markdown_node) -> [MarkdownNode.Alignment] {
        unsafe text(node.extra, node.extra_length).utf8.map { letter in
            switch letter {
            case UInt8(ascii: "c"): .centre
            case UInt8(ascii: "r"): .right
            default: .left
            }
        }
    }

    /// What the guard has hidden from the library comes back here.
    private static func text(_ start: UnsafePointer<CChar>?, _ length: Int) -> String {
        let bytes = unsafe UnsafeRawBufferPointer(start: start, count: length)
        return unsafe SourceGuard.revealed(String(decoding: bytes, as: UTF8.self))
    }

    /// Whether a table of this text could have far more cells than the text has bytes.
    private static func mayExplode(_ text: String) -> Bool {
        var columns = 0
        var lines = 0
        for line in text.utf8.split(separator: 0x0A) {
            lines += 1
            guard line.allSatisfy({ " \t>|:-".utf8.contains($0) }) else { continue }
            columns = max(columns, line.count { $0 == UInt8(ascii: "|") } + 1)
        }
        return columns * lines > tableCellsMax
    }
}
