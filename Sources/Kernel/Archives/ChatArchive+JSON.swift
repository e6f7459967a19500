import KernelBase
import KernelHistory
import KernelStore
import ModuleChat
import ModuleJSON

extension ChatArchive {
    /// All but the messages, up to the bracket that they follow.
    static func head(_ chat: ChatRecord) -> String {
        var about: JSONObject = ["created": .integer(chat.created.milliseconds)]
        about["title"] = chat.title.map { .string($0) }
        about["tags"] = chat.tags.isEmpty ? nil : .array(chat.tags.map { .string($0) })
        about["mode"] = chat.mode.map { .string($0) }
        about["model"] = chat.model.map { .string($0) }
        about["head"] = chat.head.map { .integer($0.number) }
        let format: JSON = ["name": .string(name), "version": .integer(version)]
        return "{\"format\":\(format.text),\n\"chat\":\(JSON.object(about).text),\n\"messages\":["
    }

    static func json(_ message: MessageRecord) -> JSON {
        var object: JSONObject = ["number": .integer(message.id.number)]
        object["parent"] = message.parent.map { .integer($0.number) }
        object["role"] = .string(message.role.rawValue)
        object["kind"] = .string(message.kind.name)
        object["turn"] = .integer(message.turn.number)
        object["state"] = .string(message.state.name)
        object["author"] = .string(message.author)
        object["created"] = .integer(message.created.milliseconds)
        object["ended"] = message.ended.map { .integer($0.milliseconds) }
        object["finish"] = message.finish.map { .string($0) }
        object["covers"] = message.covers.map { .integer($0.number) }
        object["spending"] = message.spending.map(json)
        object["parts"] = .array(message.parts.map(\.content.json))
        return .object(object)
    }

    private static func json(_ spending: Spending) -> JSON {
        var object: JSONObject = ["model": .string(spending.model)]
        object["input"] = spending.tokens.input.map { .integer(Int64($0)) }
        object["cached"] = spending.tokens.cached.map { .integer(Int64($0)) }
        object["output"] = spending.tokens.output.map { .integer(Int64($0)) }
        object["thinking"] = spending.tokens.thinking.map { .integer(Int64($0)) }
        if let cost = spending.cost {
            object["micros"] = .integer(cost.micros)
            object["currency"] = .string(cost.currency)
        }
        return .object(object)
    }

    // MARK: Reading

    static func checkFormat(_ json: JSON) throws(StoreError) {
        guard json["name"]?.string == name, let version = json["version"]?.integer else {
            throw refusal("this is no archive of a chat: its format is not “\(name)”.")
        }
        guard version == self.version else {
            throw refusal(
                "the archive has version \(version), and this kernel reads version "
                    + "\(self.version): use the kernel that wrote it, or a newer one.")
        }
    }

    static func chat(_ json: JSON, owner: String?) throws(StoreError) -> NewChat {
        let reader = try ArchiveReader(json, "chat")
        var chat = NewChat(title: try reader.text("title"), owner: owner)
        chat.mode = try reader.text("mode")
        chat.model = try reader.text("model")
        chat.created = try reader.moment("created")
        for tag in json["tags"]?.array ?? [] {
            guard let tag = tag.string else { throw reader.error("tags", "are no texts") }
            chat.tags.append(tag)
        }
        return chat
    }

    /// The message and the numbers that it goes by in the archive.
    static func message(
        _ json: JSON
    ) throws(StoreError) -> (NewMessage, number: Int64, parent: Int64?, turn: Int64?) {
        let reader = try ArchiveReader(json, "message")
        var parts: [ChatPart] = []
        do throws(ChatReadingError) {
            parts = try (json["parts"]?.array ?? []).map { part throws(ChatReadingError) in
                try ChatPart(part)
            }
        } catch {
            throw reader.error("parts", "cannot be read: \(error)")
        }
        guard let role = ChatRole(rawValue: try reader.needed("role")),
            let kind = MessageKind(name: try reader.text("kind") ?? MessageKind.said.name),
            let state = MessageState(name: try reader.text("state") ?? MessageState.done.name),
            let number = try reader.integer("number")
        else { throw reader.error("role", "kind, state or number is none") }
        var message = NewMessage(role, parts, by: try reader.needed("author"))
        message.kind = kind
        message.state = state
        message.created = try reader.moment("created")
        message.ended = try reader.moment("ended")
        message.finish = try reader.text("finish")
        if let spending = json["spending"] { message.spending = try self.spending(spending) }
        return (message, number, try reader.integer("parent"), try reader.integer("turn"))
    }

    private static func spending(_ json: JSON) throws(StoreError) -> Spending {
        let reader = try ArchiveReader(json, "spending")
        let tokens = ChatUsage(
            input: try reader.count("input"), cached: try reader.count("cached"),
            output: try reader.count("output"), thinking: try reader.count("thinking"))
        var spending = Spending(try reader.needed("model"), tokens)
        if let micros = try reader.integer("micros") {
            spending.cost = Spending.Cost(
                micros: micros, currency: try reader.needed("currency"))
        }
        return spending
    }
}

/// Reads members of one object and names what is wrong.
struct ArchiveReader {
    private let json: JSON
    private let place: String

    init(_ json: JSON, _ place: String) throws(StoreError) {
        self.json = json
        self.place = place
        guard json.object != nil else {
            throw ChatArchive.refusal("the archive's \(place) is no object.")
        }
    }

    func error(_ name: String, _ problem: String) -> StoreError {
        ChatArchive.refusal("in the archive, \(name) of a \(place) \(problem).")
    }

    private func value(_ name: String) -> JSON? {
        guard let value = json[name], !value.isNull else { return nil }
        return value
    }

    func text(_ name: String) throws(StoreError) -> String? {
        guard let value = value(name) else { return nil }
        guard let text = value.string else { throw error(name, "is no text") }
        return text
    }

    func needed(_ name: String) throws(StoreError) -> String {
        guard let text = try text(name) else { throw error(name, "is missing") }
        return text
    }

    func integer(_ name: String) throws(StoreError) -> Int64? {
        guard let value = value(name) else { return nil }
        guard let number = value.integer else { throw error(name, "is no whole number") }
        return number
    }

    func count(_ name: String) throws(StoreError) -> Int? {
        guard let number = try integer(name) else { return nil }
        guard let count = Int(exactly: number), (0...1 << 50).contains(count) else {
            throw error(name, "is no possible count")
        }
        return count
    }

    func moment(_ name: String) throws(StoreError) -> Moment? {
        try integer(name).map { Moment(milliseconds: $0) }
    }
}
