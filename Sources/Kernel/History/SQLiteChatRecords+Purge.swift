import KernelDatabase
package import KernelStore

extension SQLiteChatRecords {
    /// Looked at in one unit of work, so that nobody waits long for the writer.
    private static let messagesAtOnce: Int64 = 200

    package func purge(_ id: ChatID, _ done: @escaping Completion<Void>) {
        let records = self
        let hidden: Completion<Void> = { result in
            switch result {
            case .failure: done(result)
            case .success: records.sweep(from: SweepPoint(chat: id.number), done)
            }
        }
        access.write(to: hidden) { transaction in
            let chat = try transaction.chat(id)
            let open = try transaction.first(
                "SELECT number FROM message WHERE state = 0 AND chat = ?", [.integer(id.number)]
            ) { MessageID(number: $0.integer(0)) }
            if let open { try transaction.checkEnded(try transaction.node(open.number)) }
            try transaction.run(
                """
                UPDATE chat SET state = 4, title = NULL, opening = '', folded = '', owner = NULL,
                    mode = NULL, model = NULL, head = NULL, forked_at = NULL, deleted = NULL
                WHERE number = ?
                """, .integer(id.number))
            try transaction.setTags([], of: id)
            for freed in [chat.head, chat.origin?.message].compactMap(\.self) {
                try transaction.letGo(of: freed.number, by: id.number)
            }
        }
    }

    package func abandon(_ chat: ChatID, _ done: @escaping Completion<Void>) {
        let records = self
        let hidden: Completion<Void> = { result in
            switch result {
            case .failure: done(result)
            case .success: records.sweep(from: SweepPoint(chat: chat.number), done)
            }
        }
        access.write(to: hidden) { transaction in
            _ = try transaction.chat(beingAdopted: chat)
            try transaction.run(
                "UPDATE chat SET state = 4, head = NULL WHERE number = ?", .integer(chat.number))
        }
    }

    package func settle(at moment: Moment, _ done: @escaping Completion<[MessageRecord]>) {
        let records = self
        let settled: Completion<[MessageRecord]> = { result in
            done(result)
            // What was begun is finished, however long that takes; nobody waits for it.
            if case .success = result { records.sweep(from: nil) { _ in } }
        }
        access.write(to: settled) { transaction in
            let open = try transaction.rows(ChatStatement.open) {
                MessageID(number: $0.integer(0))
            }
            for id in open {
                var writer = try MessageWriter(
                    try transaction.bareMessage(id), at: moment, transaction)
                try writer.take(.finish(MessageEnd(.interrupted)), transaction)
                _ = try writer.finish(transaction)
            }
            try transaction.run("UPDATE chat SET state = 1, head = NULL WHERE state IN (3, 4)")
            return try open.map { try transaction.message($0) }
        }
    }

    /// Removes what is to be purged, a little at a time: from here on, or what comes next.
    private func sweep(from point: SweepPoint?, _ done: @escaping Completion<Void>) {
        let records = self
        let swept: Completion<SweepStep> = { result in
            switch result {
            case .failure(let error): done(.failure(error))
            case .success(.nothing): done(.success(()))
            case .success(.next(let point)): records.sweep(from: point, done)
            }
        }
        access.write(to: swept) { transaction in
            guard let point = try point ?? transaction.nextSweep() else { return .nothing }
            return .next(try transaction.sweep(from: point, count: Self.messagesAtOnce))
        }
    }
}

/// The messages of a chat below a number are still to be looked at.
private struct SweepPoint {
    var chat: Int64
    var below: Int64 = .max
}

private enum SweepStep {
    /// Nil: what comes next.
    case next(SweepPoint?)
    case nothing
}

extension Transaction {
    fileprivate func nextSweep() throws -> SweepPoint? {
        let chat = try first(ChatStatement.toPurge, []) { $0.integer(0) }
        guard let chat else { return nil }
        try run("UPDATE chat SET state = 4 WHERE number = ?", .integer(chat))
        return SweepPoint(chat: chat)
    }

    /// Goes through the messages of one chat from the newest to the oldest, so that those behind
    /// come before those that they stand on. Nil when it is through.
    fileprivate func sweep(from point: SweepPoint, count: Int64) throws -> SweepPoint? {
        let looked = try rows(
            "SELECT number FROM message WHERE chat = ? AND number < ? ORDER BY number DESC LIMIT ?",
            [.integer(point.chat), .integer(point.below), .integer(count)]
        ) { $0.integer(0) }
        for number in looked { try removeIfFree(number) }
        if let last = looked.last, looked.count == Int(count) {
            return SweepPoint(chat: point.chat, below: last)
        }
        try finishSweep(of: point.chat)
        return nil
    }

    private func finishSweep(of chat: Int64) throws {
        let isEmpty =
            try first(
                "SELECT 1 FROM message WHERE chat = ? LIMIT 1", [.integer(chat)], { _ in }) == nil
        if isEmpty {
            try run("DELETE FROM chat WHERE number = ?", .integer(chat))
        } else {
            // What lost something meanwhile is looked through once more.
            try run("UPDATE chat SET state = 2 WHERE number = ? AND state = 4", .integer(chat))
        }
    }

    private func removeIfFree(_ number: Int64) throws {
        let node = try first(ChatStatement.free, [.integer(number)]) {
            ($0.integer(0), $0.optionalInteger(1))
        }
        guard let (chat, parent) = node else { return }
        let numbers = PartID.numbers(of: MessageID(number: number))
        try removeFromSearch(numbers)
        let range: [SQLValue] = [.integer(numbers.lowerBound), .integer(numbers.upperBound)]
        let images = try rows(
            "SELECT image FROM part WHERE number BETWEEN ? AND ? AND image IS NOT NULL", range
        ) { $0.text(0) }
        let bytes =
            try first(
                "SELECT sum(length(CAST(text AS BLOB))) FROM part WHERE number BETWEEN ? AND ?",
                range
            ) { $0.integer(0) } ?? 0
        try run("DELETE FROM part WHERE number BETWEEN ? AND ?", range)
        for image in images
        where try first(
            ChatStatement.imageUses, [.text(image)], { _ in }) == nil
        {
            try run("DELETE FROM image WHERE hash = ?", .text(image))
        }
        try run("DELETE FROM message WHERE number = ?", .integer(number))
        try run(
            "UPDATE chat SET messages = messages - 1, bytes = bytes - ? WHERE number = ?",
            .integer(bytes), .integer(chat))
        if let parent { try letGo(of: parent, by: chat) }
    }

    /// A message lost one of those that need it: what remains of its chat is looked through again.
    fileprivate func letGo(of number: Int64, by chat: Int64) throws {
        try run(
            """
            UPDATE chat SET state = 1 WHERE state IN (2, 4) AND number <> ?
                AND number = (SELECT chat FROM message WHERE number = ?)
            """, .integer(chat), .integer(number))
    }
}
