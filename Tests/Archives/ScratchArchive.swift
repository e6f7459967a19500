import KernelArchives
import KernelHistory
import KernelStore
import KernelTesting
import ModuleChat

/// Chats in a folder of their own, that are written to archives and read from them.
final class ScratchArchive {
    let folder: TemporaryFolder
    let store: SQLiteStore
    let chats: any ChatRecords

    init() throws {
        folder = try TemporaryFolder("kernel-archives")
        store = try SQLiteStore(folder: folder.path)
        chats = SQLiteChatRecords(store)
    }

    deinit {
        store.close()
    }

    func begin(_ chat: NewChat = NewChat()) throws -> ChatID {
        try Answer.wait { chats.begin(chat, $0) }.id
    }

    @discardableResult
    func append(
        _ messages: [NewMessage], to chat: ChatID, _ place: MessagePlace = .atHead
    ) throws -> [MessageID] {
        try Answer.wait { chats.append(messages, to: chat, place, .durable, $0) }.map(\.id)
    }

    func write(_ chat: ChatID, _ format: ChatArchive.Format) throws -> [UInt8] {
        var bytes: [UInt8] = []
        var next: ChatExport? = ChatExport(chat, format)
        while let export = next {
            let page = try Answer.wait { export.page(from: chats, $0) }
            bytes += page.bytes
            next = page.next
        }
        return bytes
    }

    /// In pieces of so many bytes.
    func read(
        _ bytes: [UInt8], pieces: Int = 1 << 16, owner: String? = nil
    ) throws -> ChatImport.Result {
        var reader = ChatImport(into: chats, owner: owner)
        for start in stride(from: 0, to: bytes.count, by: pieces) {
            try reader.feed(Array(bytes[start..<min(start + pieces, bytes.count)]))
        }
        return try reader.finish()
    }

    func chat(_ id: ChatID) throws -> ChatRecord { try Answer.wait { chats.chat(id, $0) } }

    /// Everything that can be reached, with names that do not depend on where it is kept.
    func tree(_ chat: ChatID) throws -> [String] {
        let messages = try Answer.wait {
            chats.tree(of: chat, after: nil, upTo: nil, limit: 1_000, $0)
        }
        let places = Dictionary(
            uniqueKeysWithValues: messages.enumerated().map { ($1.id, $0) })
        func place(_ id: MessageID?) -> String { id.flatMap { places[$0] }.map { "\($0)" } ?? "-" }
        let head = try self.chat(chat).head
        return messages.map { message in
            """
            \(place(message.id)) \(place(message.parent)) \(message.depth) \
            \(place(message.turn)) \(place(message.covers)) \(message.role) \(message.kind) \
            \(message.state) \(message.author) \(message.created) \
            \(message.ended.map { "\($0)" } ?? "-") \(message.finish ?? "-") \
            \(message.spending.map { "\($0)" } ?? "-") \(message.parts.map(\.content)) \
            \(message.id == head)
            """
        }
    }

    func texts(_ chat: ChatID) throws -> [String] {
        try Answer.wait { chats.page(of: chat, PageQuery(limit: 1_000), $0) }.messages
            .map(\.message.text)
    }

    func sizes() throws -> ChatSizes { try Answer.wait { chats.sizes($0) } }
}

/// The sentence and kind of what a closure throws.
func refusal(_ body: () throws -> Void) -> StoreError? {
    do {
        try body()
        return nil
    } catch {
        return error as? StoreError
    }
}
