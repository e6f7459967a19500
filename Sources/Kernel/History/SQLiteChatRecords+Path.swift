import KernelDatabase
package import KernelStore
package import ModuleChat

extension SQLiteChatRecords {
    package func message(_ id: MessageID, _ done: @escaping Completion<MessageRecord>) {
        access.read(to: done) { try $0.message(id) }
    }

    package func page(
        of chat: ChatID, _ query: PageQuery, _ done: @escaping Completion<MessagePage>
    ) {
        access.read(to: done) { try $0.page(of: try $0.chat(chat), query) }
    }

    package func prompt(
        of chat: ChatID, messagesMax: Int, bytesMax: Int, _ done: @escaping Completion<PromptPath>
    ) {
        access.read(to: done) { transaction in
            var path = PromptPath(chat: try transaction.chat(chat), messages: [], isCut: false)
            try transaction.fill(
                &path, messagesMax: min(messagesMax, ChatLimits.promptMessagesMax),
                bytesMax: min(bytesMax, ChatLimits.promptBytesMax))
            return path
        }
    }

    package func news(
        of chat: ChatID, since revision: Int64, limit: Int, _ done: @escaping Completion<ChatNews>
    ) {
        access.read(to: done) { transaction in
            let record = try transaction.chat(chat)
            let limit = min(max(limit, 0), ChatLimits.pageMax)
            let numbers = try transaction.rows(
                ChatStatement.news,
                [.integer(chat.number), .integer(revision), .integer(limit + 1)]
            ) { $0.integer(0) }
            guard revision <= record.revision, numbers.count <= limit else {
                return ChatNews(chat: record, messages: [], isTooLate: true)
            }
            let messages = try transaction.load(numbers, fromEnd: false, hasImages: false)
            // More than fits into a page is read in pages.
            guard messages.count == numbers.count else {
                return ChatNews(chat: record, messages: [], isTooLate: true)
            }
            return ChatNews(chat: record, messages: messages, isTooLate: false)
        }
    }

    package func siblings(
        of message: MessageID, in chat: ChatID, _ done: @escaping Completion<[MessageRecord]>
    ) {
        access.read(to: done) { transaction in
            let record = try transaction.chat(chat)
            let node = try transaction.node(message, visibleIn: record)
            var numbers = try transaction.rows(
                ChatStatement.children, [.optional(node.parent), .integer(chat.number)]
            ) { $0.integer(0) }
            // At most one is shared with the chat that this one was forked from.
            if let shared = try transaction.shared(in: record, depth: node.depth),
                shared.parent == node.parent, shared.chat != chat.number
            {
                numbers.insert(shared.number, at: 0)
            }
            return try numbers.map { try transaction.bareMessage(MessageID(number: $0)) }
        }
    }

    package func switchBranch(
        of chat: ChatID, to message: MessageID, _ done: @escaping Completion<ChatRecord>
    ) {
        let access = access
        // The way down may be long, so that a reader goes it.
        let found: Completion<MessageID> = { leaf in
            switch leaf {
            case .failure(let error): done(.failure(error))
            case .success(let leaf):
                access.write(to: done) { transaction in
                    let record = try transaction.writableChat(chat)
                    _ = try transaction.node(leaf, visibleIn: record)
                    _ = try transaction.revise(chat)
                    try transaction.run(
                        "UPDATE chat SET head = ? WHERE number = ?", .integer(leaf.number),
                        .integer(chat.number))
                    return try transaction.chat(chat)
                }
            }
        }
        access.read(to: found) { try $0.leaf(beneath: message, in: try $0.chat(chat)) }
    }

    package func withdraw(summary: MessageID, _ done: @escaping Completion<Void>) {
        access.write(to: done) { transaction in
            let message = try transaction.bareMessage(summary)
            guard message.kind == .summary, message.state != .open else {
                throw StoreError(.refused, "\(summary) is no summary that has ended.")
            }
            let revision = try transaction.revise(message.chat)
            try transaction.run(
                "UPDATE message SET state = ?, revision = ? WHERE number = ?",
                .integer(MessageState.cancelled.rawValue), .integer(revision),
                .integer(summary.number))
        }
    }

    package func image(_ part: PartID, _ done: @escaping Completion<ChatImage?>) {
        access.read(to: done) { transaction in
            let found = try transaction.first(
                """
                SELECT part.number, kind, open, name, detail, bytes FROM part
                JOIN image ON hash = part.image WHERE part.number = ?
                """, [.integer(part.number)]
            ) { try PartRow.part($0, text: "", image: $0.bytes(5)) }
            guard case .image(let image)? = found else { return nil }
            return image
        }
    }

    package func tree(
        of chat: ChatID, after: MessageID?, upTo last: MessageID?, limit: Int,
        _ done: @escaping Completion<[MessageRecord]>
    ) {
        access.read(to: done) { transaction in
            let record = try transaction.chat(chat)
            let limit = min(max(limit, 1), ChatLimits.pageMax)
            var numbers = try transaction.sharedPath(of: record, after: after, limit: limit)
            let behind = max(after?.number ?? 0, numbers.last ?? 0)
            numbers += try transaction.rows(
                ChatStatement.own,
                [.integer(chat.number), .integer(behind), .integer(limit - numbers.count)]
            ) { $0.integer(0) }
            numbers.removeAll { $0 > last?.number ?? .max }
            return try transaction.load(numbers, fromEnd: false, hasImages: true)
        }
    }
}
