import KernelBase
import KernelDatabase
package import KernelStore
import ModuleChat

extension SQLiteChatRecords {
    package func append(
        _ messages: [NewMessage], to chat: ChatID, _ place: MessagePlace, _ durability: Durability,
        _ done: @escaping Completion<[MessageRecord]>
    ) {
        var checked: [CheckedMessage] = []
        do throws(StoreError) {
            try ChatCheck.count(
                messages.count, of: "messages", max: ChatLimits.messagesPerRequest)
            for message in messages { checked.append(try CheckedMessage(message)) }
            guard !messages.dropLast().contains(where: { $0.state == .open }) else {
                throw StoreError(.refused, "only the last one of several messages can be open.")
            }
        } catch {
            return access.refuse(error, to: done)
        }
        let all = checked
        let bytes = all.reduce(0) { $0 + $1.bytes + 256 }
        access.write(durability, bytes: bytes, to: done) { transaction in
            let record = try transaction.writableChat(chat)
            var parent = try transaction.parent(place, in: record)
            var writer = try ChatWriter(record, transaction)
            var ids: [MessageID] = []
            for message in all {
                let node = try writer.insert(message, behind: parent, transaction)
                ids.append(MessageID(number: node.number))
                parent = node
            }
            try writer.finish(head: ids.last ?? record.head, transaction)
            return try ids.map { try transaction.message($0, hasImages: true) }
        }
    }

    package func beginAdoption(_ chat: NewChat, _ done: @escaping Completion<ChatID>) {
        write(to: done) { () throws(StoreError) in
            try ChatCheck.chat(chat)
        } _: {
            try $0.insert(chat, .adopted)
        }
    }

    package func adopt(
        _ messages: [AdoptedMessage], into chat: ChatID, _ done: @escaping Completion<[MessageID]>
    ) {
        var checked: [CheckedMessage] = []
        do throws(StoreError) {
            try ChatCheck.count(
                messages.count, of: "messages", max: ChatLimits.messagesPerRequest)
            for (index, adopted) in messages.enumerated() {
                checked.append(try CheckedMessage(adopted, at: index))
            }
        } catch {
            return access.refuse(error, to: done)
        }
        let all = checked
        access.write(bytes: all.reduce(0) { $0 + $1.bytes + 256 }, to: done) { transaction in
            let record = try transaction.chat(beingAdopted: chat)
            var writer = try ChatWriter(record, transaction)
            writer.isAdopting = true
            var ids: [MessageID] = []
            for (var message, adopted) in zip(all, messages) {
                let parent = try adopted.parent.map { try transaction.node($0, ids, chat) }
                message.message.covers = try adopted.covers.map {
                    MessageID(number: try transaction.node($0, ids, chat).number)
                }
                message.message.turn = try adopted.turn.map {
                    MessageID(number: try transaction.node($0, ids, chat).number)
                }
                let node = try writer.insert(message, behind: parent, transaction)
                ids.append(MessageID(number: node.number))
            }
            try writer.finish(head: ids.last ?? record.head, transaction)
            return ids
        }
    }

    package func adopted(
        _ chat: ChatID, head: MessageID?, _ done: @escaping Completion<ChatRecord>
    ) {
        access.write(to: done) { transaction in
            var record = try transaction.chat(beingAdopted: chat)
            if let head {
                record.head = MessageID(
                    number: try transaction.node(.stored(head), [], chat).number)
            }
            try transaction.run(
                """
                UPDATE chat SET state = 0, head = ?1, touched = coalesce(
                    (SELECT max(created) FROM message WHERE chat = ?2), created)
                WHERE number = ?2
                """, .optional(record.head?.number), .integer(chat.number))
            return try transaction.chat(chat)
        }
    }
}

/// A message whose parts are ready to be written.
struct CheckedMessage: Sendable {
    var message: NewMessage
    let parts: [PartRow]

    init(_ message: NewMessage) throws(StoreError) {
        self.message = message
        parts = try ChatCheck.message(message)
        self.message.finish = message.finish?.cut(toBytes: ChatLimits.finishBytesMax)
    }

    init(_ adopted: AdoptedMessage, at index: Int) throws(StoreError) {
        try self.init(adopted.message)
        // Nobody goes on writing it.
        if message.state == .open { message.state = .interrupted }
        for case .request(let other)? in [adopted.parent, adopted.covers, adopted.turn] {
            guard (0..<index).contains(other) else {
                throw StoreError(.refused, "message \(index) refers to \(other), a later one.")
            }
        }
    }

    var bytes: Int { parts.reduce(0) { $0 + $1.bytes } }
    /// Of the words: an image may be there already.
    var textBytes: Int { parts.reduce(0) { $0 + $1.text.utf8.count } }

    /// The first words that were said, in one line; nil if none were.
    var opening: String? {
        guard message.role == .user, message.kind == .said else { return nil }
        let text = parts.first { $0.kind == .text && $0.text.contains { !$0.isWhitespace } }?.text
        guard let text else { return nil }
        let words = text.cut(toBytes: ChatLimits.openingBytesMax * 4)
            .split(whereSeparator: \.isWhitespace)
        return words.joined(separator: " ").cut(toBytes: ChatLimits.openingBytesMax)
    }
}

extension Transaction {
    /// Behind what new messages go; nil: they begin the conversation.
    fileprivate func parent(
        _ place: MessagePlace, in chat: ChatRecord
    ) throws -> MessageNode? {
        let parent: Int64? =
            switch place {
            case .atHead: chat.head?.number
            case .after(let id): try node(id, visibleIn: chat).number
            case .beside(let id): try node(id, visibleIn: chat).parent
            }
        guard let parent else { return nil }
        let node = try node(parent)
        try checkEnded(node)
        return node
    }

    func chat(beingAdopted id: ChatID) throws -> ChatRecord {
        let found = try first(
            "SELECT \(ChatRow.columns) FROM chat WHERE number = ? AND state = 3",
            [.integer(id.number)]
        ) { ChatRow.record($0) }
        guard let found else {
            throw StoreError(.unknown, "\(id) is no chat that is being read from an archive.")
        }
        return found
    }

    /// A message that an adopted one refers to: of the same chat.
    fileprivate func node(
        _ reference: AdoptedMessage.Reference, _ ids: [MessageID], _ chat: ChatID
    ) throws -> MessageNode {
        let id =
            switch reference {
            case .stored(let id): id
            case .request(let index): ids[index]
            }
        let node = try self.node(id.number)
        guard node.chat == chat.number else {
            throw StoreError(.refused, "\(chat) has no message \(MessageID(number: node.number)).")
        }
        return node
    }
}
