package import KernelHistory
package import KernelStore
import ModuleChat
import ModuleJSON

/// Writes a chat to an archive, page by page, so that a long one is never in memory as a whole.
/// What is said meanwhile may be in it or not; what it holds fits together in any case.
package struct ChatExport: Sendable {
    private let chat: ChatID
    private let format: ChatArchive.Format
    private var cursor: Cursor?

    private struct Cursor {
        /// Of Markdown, the end of the conversation.
        var last: MessageID?
        var after: MessageID?
        var isFirst = true
    }

    package struct Page: Sendable {
        package var bytes: [UInt8]
        /// What writes the rest; nil: that was all.
        package var next: ChatExport?
    }

    package init(_ chat: ChatID, _ format: ChatArchive.Format) {
        self.chat = chat
        self.format = format
    }

    private static let messagesPerPage = 200

    package func page(from records: any ChatRecords, _ done: @escaping Completion<Page>) {
        guard let cursor else { return begin(records, done) }
        let write: @Sendable ([MessageRecord]) -> Page = { messages in
            var next = self
            next.cursor?.after = messages.last?.id
            next.cursor?.isFirst = false
            let isLast = messages.isEmpty || messages.last?.id == cursor.last
            return Page(
                bytes: self.write(messages, isFirst: cursor.isFirst, isLast: isLast),
                next: isLast ? nil : next)
        }
        switch format {
        case .json:
            records.tree(
                of: chat, after: cursor.after, upTo: cursor.last, limit: Self.messagesPerPage
            ) { done($0.map(write)) }
        case .markdown:
            let window = cursor.after.map { MessageWindow.after($0) } ?? .first
            var query = PageQuery(window, limit: Self.messagesPerPage)
            query.head = cursor.last
            records.page(of: chat, query) { done($0.map { write($0.messages) }) }
        }
    }

    private func begin(_ records: any ChatRecords, _ done: @escaping Completion<Page>) {
        records.chat(chat) { chat in
            done(
                chat.map { chat in
                    var next = self
                    next.cursor = Cursor(last: format == .markdown ? chat.head : nil)
                    let head =
                        format == .json ? ChatArchive.head(chat) : MarkdownArchive.head(chat)
                    return Page(bytes: Array(head.utf8), next: next)
                })
        }
    }

    private func write(_ messages: [MessageRecord], isFirst: Bool, isLast: Bool) -> [UInt8] {
        switch format {
        case .markdown:
            return Array(messages.map(MarkdownArchive.text).joined().utf8)
        case .json:
            var bytes: [UInt8] = []
            for (index, message) in messages.enumerated() {
                bytes += Array((isFirst && index == 0 ? "\n" : ",\n").utf8)
                bytes += ChatArchive.json(message).serialized()
            }
            return isLast ? bytes + Array("\n]}\n".utf8) : bytes
        }
    }
}
