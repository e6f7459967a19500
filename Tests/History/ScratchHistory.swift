import KernelDatabase
import KernelHistory
import KernelStore
import KernelTesting
import ModuleChat

/// Chats in a folder of their own, which can be closed and opened again.
final class ScratchHistory {
    let folder: TemporaryFolder
    private(set) var store: SQLiteStore
    private(set) var chats: any ChatRecords

    init() throws {
        folder = try TemporaryFolder("kernel-history")
        store = try SQLiteStore(folder: folder.path)
        chats = SQLiteChatRecords(store)
    }

    deinit {
        store.close()
    }

    /// As after the end of the kernel.
    @discardableResult
    func restart() throws -> [MessageRecord] {
        store.close()
        store = try SQLiteStore(folder: folder.path)
        chats = SQLiteChatRecords(store)
        return try Answer.wait { chats.settle(at: .now, $0) }
    }

    func begin(_ chat: NewChat = NewChat()) throws -> ChatID {
        try Answer.wait { chats.begin(chat, $0) }.id
    }

    func chat(_ id: ChatID) throws -> ChatRecord { try Answer.wait { chats.chat(id, $0) } }

    @discardableResult
    func append(
        _ messages: [NewMessage], to chat: ChatID, _ place: MessagePlace = .atHead
    ) throws -> [MessageRecord] {
        try Answer.wait { chats.append(messages, to: chat, place, .durable, $0) }
    }

    @discardableResult
    func say(
        _ text: String, in chat: ChatID, _ place: MessagePlace = .atHead
    ) throws -> MessageID {
        try append([.said(text, by: "ann")], to: chat, place)[0].id
    }

    func open(in chat: ChatID, _ place: MessagePlace = .atHead) throws -> MessageID {
        var message = NewMessage(.assistant, [], by: "model")
        message.state = .open
        return try append([message], to: chat, place)[0].id
    }

    @discardableResult
    func record(
        _ steps: [MessageStep], of message: MessageID, _ durability: Durability = .relaxed
    ) throws -> MessageChange {
        try Answer.wait {
            chats.record(steps, of: message, at: Moment(milliseconds: 5_000), durability, $0)
        }
    }

    func message(_ id: MessageID) throws -> MessageRecord {
        try Answer.wait { chats.message(id, $0) }
    }

    func page(_ chat: ChatID, _ query: PageQuery = PageQuery()) throws -> MessagePage {
        try Answer.wait { chats.page(of: chat, query, $0) }
    }

    /// The whole conversation, as it is said.
    func texts(_ chat: ChatID) throws -> [String] {
        try page(chat, PageQuery(limit: 1_000)).messages.map(\.message.text)
    }

    func change(_ chat: ChatID, _ changes: ChatChange...) throws {
        _ = try Answer.wait { chats.change(chat, changes, $0) }
    }

    func fork(_ chat: ChatID, at message: MessageID) throws -> ChatID {
        try Answer.wait { chats.fork(chat, at: message, NewChat(), $0) }.id
    }

    func list(_ filter: ChatFilter = ChatFilter()) throws -> [ChatID] {
        try Answer.wait { chats.list(filter, $0) }.map(\.id)
    }

    func purge(_ chat: ChatID) throws { try Answer.wait { chats.purge(chat, $0) } }

    func sizes() throws -> ChatSizes { try Answer.wait { chats.sizes($0) } }

    func search(_ search: ChatSearch) throws -> SearchAnswer {
        try Answer.wait { chats.search(search, $0) }
    }

    /// The messages that are found.
    func find(_ text: String, in chat: ChatID? = nil) throws -> [MessageID] {
        var search = ChatSearch(text)
        search.chat = chat
        return try self.search(search).hits.map(\.part.message)
    }

    /// What is wrong with the file, and with what search knows of it.
    func problems() throws -> [String] {
        try Answer.wait { store.problems(.full, $0) } + searchProblems()
    }

    private func searchProblems() throws -> [String] {
        store.close()
        defer { try? reopen() }
        let database = Database(try Connection(opening: folder.file(SQLiteStore.fileName)))
        do {
            try database.run("INSERT INTO search (search, rank) VALUES ('integrity-check', 1)")
            return []
        } catch {
            return ["\(error)"]
        }
    }

    private func reopen() throws {
        store = try SQLiteStore(folder: folder.path)
        chats = SQLiteChatRecords(store)
    }

    /// How many rows a table has, for what no function tells.
    func rows(_ table: String) throws -> Int64 {
        let database = Database(try Connection(opening: folder.file(SQLiteStore.fileName)))
        database.connection.setLeavesLogAtClose(true)
        return try database.integer("SELECT count(*) FROM \(table)") ?? -1
    }
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

/// Chance that is the same each time.
struct Chance: RandomNumberGenerator {
    private var seed: UInt64

    init(_ seed: UInt64) {
        self.seed = seed
    }

    mutating func next() -> UInt64 {
        seed &+= 0x9e37_79b9_7f4a_7c15
        var mixed = seed
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}
