import KernelHistory
import KernelStore
import ModuleChat
import ModuleJSON

/// A conversation for people. Lines that a reader of Markdown does not show say where each message
/// and each part begins, so that what was said can be read back exactly.
enum MarkdownArchive {
    static let mark = "<!-- kernel-chat 1 -->"
    static let messageMark = "<!-- message "
    static let partMark = "<!-- part "
    static let markEnd = " -->"

    static func head(_ chat: ChatRecord) -> String {
        "\(mark)\n# \(line(chat.title ?? chat.opening))\n\n"
    }

    static func text(_ message: MessageRecord) -> String {
        let day = message.created.universal.prefix(16).replacing("T", with: " ")
        let author = line(message.author)
        var text =
            "\(messageMark)\(message.role.rawValue) \(message.created.milliseconds) "
            + "\(author.replacing("--", with: "—"))\(markEnd)\n## \(author), \(day) UTC\n\n"
        if message.state != .done { text += "*\(message.state.name)*\n\n" }
        for part in message.parts { text += Self.text(part.content) }
        return text
    }

    private static func text(_ part: ChatPart) -> String {
        switch part {
        case .text(let said): said.isEmpty ? "" : block("text", escaped(said))
        case .notice(let said): block("notice", "> " + escaped(said).replacing("\n", with: "\n> "))
        case .thinking(let thinking):
            thinking.text.isEmpty ? "" : block("thinking", fenced(thinking.text, "thinking"))
        case .toolCall(let call):
            block(
                "toolCall",
                "Calls `\(line(call.name))`:\n\n"
                    + fenced(JSON.object(call.arguments).pretty(), "json"))
        case .toolResult(let result):
            block(
                "toolResult",
                "`\(line(result.name))` \(result.isError ? "failed" : "answered"):\n\n"
                    + fenced(result.text, ""))
        case .image(let image): block("image", "*an image (\(line(image.mediaType)))*")
        }
    }

    private static func block(_ kind: String, _ text: String) -> String {
        "\(partMark)\(kind)\(markEnd)\n\n\(text)\n\n"
    }

    /// A fence is longer than what looks like one inside.
    private static func fenced(_ text: String, _ language: String) -> String {
        var longest = 2
        var run = 0
        for byte in text.utf8 {
            run = byte == UInt8(ascii: "`") ? run + 1 : 0
            longest = max(longest, run)
        }
        let fence = String(repeating: "`", count: longest + 1)
        return "\(fence)\(language)\n\(escaped(text))\n\(fence)"
    }

    private static func line(_ text: String) -> String {
        text.split(whereSeparator: \.isNewline).joined(separator: " ")
    }

    // MARK: Lines that look like marks

    private static func escaped(_ text: String) -> String {
        guard text.contains("<!-- ") else { return text }
        return lines(text).map { looksLikeMark($0) ? "\\" + $0 : String($0) }
            .joined(separator: "\n")
    }

    static func unescaped(_ line: Substring) -> Substring {
        line.first == "\\" && looksLikeMark(line) ? line.dropFirst() : line
    }

    /// Also one that was escaped, however often.
    private static func looksLikeMark(_ line: Substring) -> Bool {
        let bare = line.drop { $0 == "\\" }
        return bare.hasPrefix(messageMark) || bare.hasPrefix(partMark)
    }

    /// By line feeds only: a carriage return before one is a character of its line.
    static func lines(_ text: String) -> [Substring] {
        text.utf8.split(separator: 0x0A, omittingEmptySubsequences: false).map { Substring($0) }
    }
}
