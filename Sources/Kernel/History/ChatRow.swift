import KernelDatabase
import KernelStore

/// A chat's row, read and written.
enum ChatRow {
    /// In the order in which `record` reads them. A tag has no line feed in it.
    static let columns = """
        number, title, opening, (SELECT group_concat(tag, char(10)) FROM chat_tag \
        WHERE chat = chat.number), owner, mode, model, created, touched, head, forked_from, \
        forked_at, deleted, revision, messages, bytes
        """

    static func record(_ row: borrowing Row) -> ChatRecord {
        var chat = ChatRecord(
            id: ChatID(number: row.integer(0)), title: row.optionalText(1), opening: row.text(2),
            tags: row.text(3).split(separator: "\n").map(String.init).sorted(),
            owner: row.optionalText(4), mode: row.optionalText(5), model: row.optionalText(6),
            created: Moment(milliseconds: row.integer(7)),
            touched: Moment(milliseconds: row.integer(8)),
            head: row.optionalInteger(9).map { MessageID(number: $0) },
            deleted: row.optionalInteger(12).map { Moment(milliseconds: $0) },
            revision: row.integer(13), messages: Int(row.integer(14)), bytes: Int(row.integer(15)))
        if let at = row.optionalInteger(11) {
            chat.origin = ChatRecord.Origin(
                chat: ChatID(number: row.integer(10)), message: MessageID(number: at))
        }
        return chat
    }

    /// As names are compared.
    static func folded(_ text: String) -> String { text.lowercased() }
}

extension StoreError {
    static func unknown(_ id: ChatID) -> StoreError {
        StoreError(.unknown, "there is no chat \(id). It may have been purged.")
    }

    static func unknown(_ id: MessageID) -> StoreError {
        StoreError(.unknown, "there is no message \(id). Its chat may have been purged.")
    }
}

extension Transaction {
    func chat(_ id: ChatID) throws -> ChatRecord {
        let found = try first(
            "SELECT \(ChatRow.columns) FROM chat WHERE number = ? AND state = 0",
            [.integer(id.number)]
        ) { ChatRow.record($0) }
        guard let found else { throw StoreError.unknown(id) }
        return found
    }

    /// One that can be written to.
    func writableChat(_ id: ChatID) throws -> ChatRecord {
        let chat = try chat(id)
        guard chat.deleted == nil else {
            throw StoreError(.refused, "\(id) is deleted: bring it back before writing to it.")
        }
        return chat
    }

    func insert(_ chat: NewChat, _ state: ChatState, from origin: ChatRecord.Origin? = nil)
        throws -> ChatID
    {
        let created = SQLValue.integer((chat.created ?? .now).milliseconds)
        let number = try first(
            """
            INSERT INTO chat (title, folded, owner, mode, model, created, touched, head,
                forked_from, forked_at, state)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING number
            """,
            [
                .optional(chat.title), .text(ChatRow.folded(chat.title ?? "")),
                .optional(chat.owner), .optional(chat.mode), .optional(chat.model), created,
                created, .optional(origin?.message.number), .optional(origin?.chat.number),
                .optional(origin?.message.number), .integer(state.rawValue),
            ]
        ) { $0.integer(0) }
        let id = ChatID(number: number ?? 0)
        try setTags(chat.tags, of: id)
        return id
    }

    func setTags(_ tags: [String], of id: ChatID) throws {
        try run("DELETE FROM chat_tag WHERE chat = ?", .integer(id.number))
        for tag in Set(tags) {
            try run(
                "INSERT INTO chat_tag (chat, tag) VALUES (?, ?)", .integer(id.number), .text(tag))
        }
    }

    /// Notes that something of the chat changes: the answer is its revision from now on.
    func revise(_ id: ChatID, addingBytes bytes: Int = 0) throws -> Int64 {
        let revision = try first(
            """
            UPDATE chat SET revision = revision + 1, bytes = bytes + ? WHERE number = ?
            RETURNING revision
            """, [.integer(bytes), .integer(id.number)]
        ) { $0.integer(0) }
        guard let revision else { throw StoreError.unknown(id) }
        return revision
    }

    func setOpening(_ opening: String, of id: ChatID) throws {
        try run(
            "UPDATE chat SET opening = ?1, folded = CASE WHEN title IS NULL THEN ?2 ELSE folded END"
                + " WHERE number = ?3",
            .text(opening), .text(ChatRow.folded(opening)), .integer(id.number))
    }
}
