/// A block or a piece of text of a document, with what it holds.
struct MarkdownNode: Equatable, Sendable {
    enum Kind: Equatable, Sendable {
        case document, quote, paragraph, rule, cell
        /// `start` is nil where its points are not numbered.
        case list(start: Int?)
        /// `isDone` is nil for what is no task.
        case item(isDone: Bool?)
        case code(String, info: String, fence: CodeFence?)
        case html(String)
        case heading(level: Int)
        case table([Alignment])
        case row(isHead: Bool)
        case text(String)
        case softBreak, hardBreak
        case inlineCode(String)
        case inlineHTML(String)
        case emphasis, strong, struck
        case link(address: String)
        case image(address: String)
    }

    enum Alignment: Sendable { case left, centre, right }

    let kind: Kind
    /// Counted from 1; 0 where it is not known.
    let firstLine: Int
    let children: [MarkdownNode]

    var isCode: Bool {
        switch kind {
        case .code, .html: true
        default: false
        }
    }

    /// What it says, without what it looks like.
    var plainText: String {
        switch kind {
        case .text(let text), .inlineCode(let text), .inlineHTML(let text): text
        case .softBreak, .hardBreak: " "
        default: children.map(\.plainText).joined()
        }
    }
}

/// What opens a block of code, and thereby what ends it.
struct CodeFence: Equatable, Sendable {
    let mark: UInt8
    let length: Int
    let indent: Int

    /// What `length` marks in a row are on a line of their own.
    var text: String { String(repeating: String(Unicode.Scalar(mark)), count: length) }

    func isEnded(by line: Substring) -> Bool {
        let spaces = line.utf8.prefix { $0 == 0x20 }.count
        guard spaces < 4 else { return false }
        let rest = line.utf8.dropFirst(spaces)
        let marks = rest.prefix { $0 == mark }.count
        return marks >= length && rest.dropFirst(marks).allSatisfy { $0 == 0x20 || $0 == 0x09 }
    }

    /// A line of the code, without the indentation that the fence has too.
    func content(of line: Substring) -> Substring {
        let spaces = line.utf8.prefix(indent).prefix { $0 == 0x20 }.count
        return line.dropFirst(spaces)
    }
}
