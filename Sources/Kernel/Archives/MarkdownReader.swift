import KernelBase
import KernelHistory
import KernelStore
import ModuleChat

/// Reads back what was said in a conversation that was written as Markdown, line by line.
struct MarkdownReader {
    private var rest: [UInt8] = []
    private var hasMark = false
    private(set) var title: String?
    private var message: NewMessage?
    /// The lines of the text that is being read; nil between texts.
    private var lines: [String]?
    private var bytes = 0
    /// Parts that are no text, and messages without any.
    private(set) var leftOut = 0

    /// Calls `take` with each message that is whole now.
    mutating func feed(
        _ more: [UInt8], _ take: (NewMessage) throws(StoreError) -> Void
    ) throws(StoreError) {
        var begin = 0
        for (place, byte) in more.enumerated() where byte == UInt8(ascii: "\n") {
            let line = String(decoding: rest + more[begin..<place], as: UTF8.self)
            rest = []
            begin = place + 1
            try read(line[...], take)
        }
        try count(more.count - begin)
        rest += more[begin...]
    }

    mutating func finish(
        _ take: (NewMessage) throws(StoreError) -> Void
    ) throws(StoreError) {
        if !rest.isEmpty { try read(String(decoding: rest, as: UTF8.self)[...], take) }
        try endMessage(take)
        guard hasMark else { throw Self.foreign }
    }

    private static let foreign = ChatArchive.refusal(
        "this is no archive of a chat: neither JSON nor a text with the line "
            + "“\(MarkdownArchive.mark)”.")

    private mutating func count(_ more: Int) throws(StoreError) {
        bytes += more
        guard bytes <= ChatArchive.itemBytesMax else {
            throw ChatArchive.refusal(
                "the archive has a message of more than \(ChatArchive.itemBytesMax) bytes.")
        }
    }

    private mutating func read(
        _ line: Substring, _ take: (NewMessage) throws(StoreError) -> Void
    ) throws(StoreError) {
        try count(line.utf8.count + 1)
        if line.hasPrefix(MarkdownArchive.messageMark) {
            try endMessage(take)
            try begin(Self.inside(line, MarkdownArchive.messageMark))
        } else if line.hasPrefix(MarkdownArchive.partMark) {
            endPart()
            let kind = Self.inside(line, MarkdownArchive.partMark)
            if kind == "text" { lines = [] } else { leftOut += 1 }
        } else if lines != nil {
            lines?.append(String(MarkdownArchive.unescaped(line)))
        } else if line == MarkdownArchive.mark {
            hasMark = true
        } else if !hasMark, line.contains(where: { !$0.isWhitespace }) {
            throw Self.foreign
        } else if message == nil, title == nil, line.hasPrefix("# "), line.utf8.count > 2 {
            title = String(line.dropFirst(2)).cut(toBytes: ChatLimits.nameBytesMax)
        }
    }

    private static func inside(_ line: Substring, _ mark: String) -> Substring {
        let text = line.dropFirst(mark.count)
        return text.hasSuffix(MarkdownArchive.markEnd)
            ? text.dropLast(MarkdownArchive.markEnd.count) : text
    }

    private mutating func begin(_ facts: Substring) throws(StoreError) {
        let words = facts.split(separator: " ", maxSplits: 2)
        guard words.count == 3, let role = ChatRole(rawValue: String(words[0])),
            let milliseconds = Int64(words[1])
        else {
            throw ChatArchive.refusal(
                "in the archive, a message begins with “\(facts)” and not with a role, a time "
                    + "and a name.")
        }
        var message = NewMessage(role, [], by: String(words[2]))
        message.created = Moment(milliseconds: milliseconds)
        self.message = message
    }

    /// Between its mark and the next one a text has an empty line before and behind it.
    private mutating func endPart() {
        guard var text = lines else { return }
        lines = nil
        if text.first == "" { text.removeFirst() }
        if text.last == "" { text.removeLast() }
        message?.parts.append(.text(text.joined(separator: "\n")))
    }

    private mutating func endMessage(
        _ take: (NewMessage) throws(StoreError) -> Void
    ) throws(StoreError) {
        endPart()
        bytes = 0
        guard let ended = message else { return }
        message = nil
        if ended.parts.isEmpty { leftOut += 1 } else { try take(ended) }
    }
}
