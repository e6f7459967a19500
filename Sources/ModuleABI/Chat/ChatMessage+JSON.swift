public import ModuleJSON

// The form in which messages are stored, exported, and handed to providers.

extension ChatMessage {
    public init(_ json: JSON) throws(ChatReadingError) {
        try self.init(ChatReader(json, "message"))
    }

    init(_ reader: ChatReader) throws(ChatReadingError) {
        role = try reader.choice("role")
        parts = try reader.list("parts") { part throws(ChatReadingError) in try ChatPart(part) }
    }

    public var json: JSON {
        ["role": .string(role.rawValue), "parts": .array(parts.map(\.json))]
    }
}

extension ChatPart {
    private enum Kind: String, CaseIterable {
        case text
        case image
        case thinking
        case toolCall
        case toolResult
        case notice
    }

    public init(_ json: JSON) throws(ChatReadingError) {
        try self.init(ChatReader(json, "part"))
    }

    init(_ reader: ChatReader) throws(ChatReadingError) {
        switch try reader.choice("type", of: Kind.self) {
        case .text: self = .text(try reader.text("text"))
        case .notice: self = .notice(try reader.text("text"))
        case .image:
            self = .image(
                ChatImage(
                    mediaType: try reader.text("mediaType"), base64: try reader.text("base64")))
        case .thinking:
            self = .thinking(ChatThinking(try reader.text("text"), seal: try ChatSeal(reader)))
        case .toolCall:
            self = .toolCall(
                ChatToolCall(
                    id: try reader.text("id"), name: try reader.text("name"),
                    arguments: try reader.object("arguments"), seal: try ChatSeal(reader)))
        case .toolResult:
            self = .toolResult(
                ChatToolResult(
                    call: try reader.text("call"), name: try reader.text("name"),
                    text: try reader.text("text"), isError: try reader.flag("isError")))
        }
    }

    public var json: JSON {
        switch self {
        case .text(let text): return Self.object(.text, ["text": .string(text)])
        case .notice(let text): return Self.object(.notice, ["text": .string(text)])
        case .image(let image):
            return Self.object(
                .image,
                ["mediaType": .string(image.mediaType), "base64": .string(image.base64)])
        case .thinking(let thinking):
            return Self.object(.thinking, ["text": .string(thinking.text)], thinking.seal)
        case .toolCall(let call):
            return Self.object(
                .toolCall,
                [
                    "id": .string(call.id), "name": .string(call.name),
                    "arguments": .object(call.arguments),
                ], call.seal)
        case .toolResult(let result):
            var members: JSONObject = [
                "call": .string(result.call), "name": .string(result.name),
                "text": .string(result.text),
            ]
            if result.isError { members["isError"] = true }
            return Self.object(.toolResult, members)
        }
    }

    private static func object(
        _ kind: Kind, _ members: JSONObject, _ seal: ChatSeal? = nil
    ) -> JSON {
        var object: JSONObject = ["type": .string(kind.rawValue)]
        for (name, value) in members { object[name] = value }
        if let seal { object["seal"] = seal.json }
        return .object(object)
    }
}

extension ChatSeal {
    /// The seal of a part, if it has one.
    fileprivate init?(_ part: ChatReader) throws(ChatReadingError) {
        guard let json = part.json["seal"], !json.isNull else { return nil }
        let reader = try ChatReader(json, part.path("seal"))
        self.init(maker: try reader.text("maker"), value: try reader.text("value"))
    }

    fileprivate var json: JSON { ["maker": .string(maker), "value": .string(value)] }
}
