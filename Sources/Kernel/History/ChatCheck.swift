import KernelStore

/// Refuses what is over a limit, before anything waits for the writer.
enum ChatCheck {
    static func name(_ text: String?, _ what: String) throws(StoreError) {
        guard let text, !(1...ChatLimits.nameBytesMax).contains(text.utf8.count) else { return }
        throw StoreError(
            .tooLarge,
            "the \(what) has 1 to \(ChatLimits.nameBytesMax) bytes; this one has "
                + "\(text.utf8.count).")
    }

    static func tags(_ tags: [String]) throws(StoreError) {
        guard tags.count <= ChatLimits.tagsMax else {
            throw StoreError(
                .tooLarge, "a chat has at most \(ChatLimits.tagsMax) tags, and not \(tags.count).")
        }
        for tag in tags {
            try name(tag, "tag")
            guard tag.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else {
                throw StoreError(.refused, "a tag is one line of text: “\(tag)” is not.")
            }
        }
    }

    static func chat(_ chat: NewChat) throws(StoreError) {
        try name(chat.title, "title of a chat")
        try name(chat.owner, "name of a client")
        try name(chat.mode, "name of a mode")
        try name(chat.model, "name of a model")
        try tags(chat.tags)
    }

    static func change(_ change: ChatChange) throws(StoreError) {
        switch change {
        case .title(let title): try name(title, "title of a chat")
        case .tags(let tags): try self.tags(tags)
        case .mode(let mode): try name(mode, "name of a mode")
        case .model(let model): try name(model, "name of a model")
        case .deleted: break
        }
    }

    static func spending(_ spending: Spending?) throws(StoreError) {
        guard let spending else { return }
        try name(spending.model, "name of a model")
        try name(spending.cost?.currency, "name of a currency")
    }

    /// The parts of a message as they will be kept.
    static func message(_ message: NewMessage) throws(StoreError) -> [PartRow] {
        try name(message.author, "author of a message")
        try spending(message.spending)
        guard message.parts.count <= ChatLimits.partsMax else { throw tooManyParts }
        var rows: [PartRow] = []
        for part in message.parts { rows.append(try PartRow(part)) }
        guard rows.reduce(0, { $0 + $1.bytes }) <= ChatLimits.messageBytesMax else {
            throw tooManyBytes
        }
        return rows
    }

    static let tooManyBytes = StoreError(
        .tooLarge,
        "a message has at most \(ChatLimits.messageBytesMax) bytes with its images: put what is "
            + "large into files and name their paths.")
    static let tooManyParts = StoreError(
        .tooLarge, "a message has at most \(ChatLimits.partsMax) parts.")

    static func count(_ count: Int, of what: String, max: Int) throws(StoreError) {
        guard count > max else { return }
        throw StoreError(.tooLarge, "\(count) \(what) came at once; \(max) are possible.")
    }
}
