import KernelTerminal
import ModuleJSON

/// The text of a paragraph, a heading or a cell, with its styles.
struct InlineText {
    private let look: MarkdownLook
    private(set) var pieces: [StyledText.Piece] = []

    /// Longer ones are shown and not opened, as terminals do.
    private static let addressBytesMax = 2_000
    private static let schemes = ["https://", "http://", "mailto:"]

    init(_ nodes: [MarkdownNode], _ style: Style, _ look: MarkdownLook) {
        self.look = look
        add(nodes, style)
    }

    func lines(columns: Int) -> [StyledText] {
        var lines = InlineLines(columns: columns)
        for piece in pieces { lines.add(piece.text, piece.style) }
        return lines.finish()
    }

    private mutating func add(_ nodes: [MarkdownNode], _ style: Style) {
        for node in nodes { add(node, style) }
    }

    private mutating func put(_ text: String, _ style: Style) {
        pieces.append(StyledText.Piece(text: text, style: style))
    }

    private mutating func add(_ node: MarkdownNode, _ style: Style) {
        switch node.kind {
        case .text(let text): put(text, style)
        case .softBreak: put(" ", style)
        case .hardBreak: put("\n", style)
        case .inlineCode(let code): addCode(code, style)
        case .inlineHTML(let tag): put(Self.isBreak(tag) ? "\n" : tag, style)
        case .emphasis: marked(node, "*", style.with(.italic), style)
        case .strong: marked(node, "**", style.with(.bold), style)
        case .struck: marked(node, "~~", style.with(.struck), style)
        case .link(let address): addLink(node, address, style)
        case .image(let address):
            put("[image: ", style)
            add(node.children, style)
            put("]", style)
            addAddress(address, style)
        default: add(node.children, style)
        }
    }

    private mutating func marked(
        _ node: MarkdownNode, _ mark: String, _ style: Style, _ outer: Style
    ) {
        guard !look.isStyled else { return add(node.children, style) }
        put(mark, outer)
        add(node.children, outer)
        put(mark, outer)
    }

    private mutating func addCode(_ code: String, _ style: Style) {
        var style = style
        style.colour = .cyan
        put(look.isStyled ? code : "`\(code)`", style)
    }

    private static func isBreak(_ tag: String) -> Bool {
        ["<br>", "<br/>", "<br />"].contains(tag.lowercased())
    }

    // MARK: - Links

    private mutating func addLink(_ node: MarkdownNode, _ address: String, _ style: Style) {
        let text = node.plainText
        let says = text == address || Self.schemes.contains { $0 + text == address }
        let openable = look.isStyled && look.opensLinks ? Self.openable(address) : nil
        var linked = look.isStyled ? style.with(.underlined) : style
        if let openable { linked = linked.leading(to: openable) }
        add(node.children, linked)
        if !says, openable == nil { addAddress(address, style) }
    }

    private mutating func addAddress(_ address: String, _ style: Style) {
        guard !address.isEmpty else { return }
        put(" (", style)
        put(address, look.isStyled ? style.with(.underlined) : style)
        put(")", style)
    }

    /// As a terminal may have it: of a kind that only shows something, in plain characters.
    private static func openable(_ address: String) -> String? {
        guard address.utf8.count <= addressBytesMax,
            schemes.contains(where: { address.lowercased().hasPrefix($0) })
        else { return nil }
        var result = ""
        for byte in address.utf8 {
            if byte > 0x20 && byte < 0x7F {
                result.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                let digits = String(byte, radix: 16, uppercase: true)
                result += "%" + (digits.utf8.count == 1 ? "0" : "") + digits
            }
        }
        return result
    }
}
