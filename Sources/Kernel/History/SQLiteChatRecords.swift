import KernelBase
import KernelDatabase
package import KernelStore
import ModuleChat

/// Chats in SQLite, in the file of the store.
package struct SQLiteChatRecords: ChatRecords {
    let access: StoreAccess

    package init(_ store: SQLiteStore) {
        access = store.access
    }

    /// Refuses what `check` throws; else writes.
    func write<Value: Sendable>(
        bytes: Int = 0, _ durability: Durability = .durable, to done: @escaping Completion<Value>,
        checking check: () throws(StoreError) -> Void,
        _ body: @escaping @Sendable (borrowing Transaction) throws -> Value
    ) {
        do throws(StoreError) {
            try check()
        } catch {
            return access.refuse(error, to: done)
        }
        access.write(durability, bytes: bytes, to: done, body)
    }

    package func begin(_ chat: NewChat, _ done: @escaping Completion<ChatRecord>) {
        write(to: done) { () throws(StoreError) in
            try ChatCheck.chat(chat)
        } _: { transaction in
            try transaction.chat(try transaction.insert(chat, .kept))
        }
    }

    package func chat(_ id: ChatID, _ done: @escaping Completion<ChatRecord>) {
        access.read(to: done) { try $0.chat(id) }
    }

    package func list(_ filter: ChatFilter, _ done: @escaping Completion<[ChatRecord]>) {
        let query = ChatListQuery(filter)
        access.read(to: done) { transaction in
            try transaction.rows(query.text, query.values) { ChatRow.record($0) }
        }
    }

    package func tags(_ scope: ChatScope, _ done: @escaping Completion<[TagCount]>) {
        let (condition, values) = ChatListQuery.condition(scope)
        access.read(to: done) { transaction in
            try transaction.rows(
                """
                SELECT tag, count(*) AS chats FROM chat_tag JOIN chat ON chat = chat.number
                WHERE state = 0 AND deleted IS NULL\(condition)
                GROUP BY tag ORDER BY chats DESC, tag LIMIT \(ChatLimits.listMax)
                """, values
            ) { TagCount(tag: $0.text(0), chats: Int($0.integer(1))) }
        }
    }

    package func change(
        _ id: ChatID, _ changes: [ChatChange], _ done: @escaping Completion<ChatRecord>
    ) {
        write(to: done) { () throws(StoreError) in
            for change in changes { try ChatCheck.change(change) }
        } _: { transaction in
            let chat = try transaction.chat(id)
            _ = try transaction.revise(id)
            for change in changes { try transaction.apply(change, to: chat) }
            return try transaction.chat(id)
        }
    }

    package func fork(
        _ id: ChatID, at message: MessageID, _ chat: NewChat,
        _ done: @escaping Completion<ChatRecord>
    ) {
        write(to: done) { () throws(StoreError) in
            try ChatCheck.chat(chat)
        } _: { transaction in
            let source = try transaction.writableChat(id)
            let node = try transaction.node(message, visibleIn: source)
            try transaction.checkEnded(node)
            let fork = try transaction.insert(
                chat, .kept, from: ChatRecord.Origin(chat: id, message: message))
            try transaction.setOpening(source.opening, of: fork)
            return try transaction.chat(fork)
        }
    }

    package func sizes(_ done: @escaping Completion<ChatSizes>) {
        access.read(to: done) { transaction in
            var sizes = ChatSizes()
            try transaction.each(
                """
                SELECT count(*) FILTER (WHERE state = 0 AND deleted IS NULL),
                    count(*) FILTER (WHERE state = 0 AND deleted IS NOT NULL),
                    coalesce(sum(messages), 0), coalesce(sum(bytes), 0) FROM chat
                """
            ) { row in
                sizes.chats = Int(row.integer(0))
                sizes.deletedChats = Int(row.integer(1))
                sizes.messages = Int(row.integer(2))
                sizes.bytes = Int(row.integer(3))
                return false
            }
            try transaction.each("SELECT count(*), coalesce(sum(length(bytes)), 0) FROM image") {
                sizes.images = Int($0.integer(0))
                sizes.imageBytes = Int($0.integer(1))
                return false
            }
            return sizes
        }
    }
}

extension Transaction {
    fileprivate func apply(_ change: ChatChange, to chat: ChatRecord) throws {
        switch change {
        case .title(let title):
            try run(
                "UPDATE chat SET title = ?, folded = ? WHERE number = ?", .optional(title),
                .text(ChatRow.folded(title ?? chat.opening)), .integer(chat.id.number))
        case .tags(let tags): try setTags(tags, of: chat.id)
        case .mode(let mode):
            try run(
                "UPDATE chat SET mode = ? WHERE number = ?", .optional(mode),
                .integer(chat.id.number))
        case .model(let model):
            try run(
                "UPDATE chat SET model = ? WHERE number = ?", .optional(model),
                .integer(chat.id.number))
        case .deleted(let moment):
            try run(
                "UPDATE chat SET deleted = ? WHERE number = ?", .optional(moment?.milliseconds),
                .integer(chat.id.number))
        }
    }

    func checkEnded(_ node: MessageNode) throws {
        guard node.state != MessageState.open.rawValue else {
            throw StoreError(
                .refused,
                "\(MessageID(number: node.number)) is still being written: wait for its end, or "
                    + "cancel it.")
        }
    }
}
