public import ModuleJSON

/// What a model is asked: the whole chat, and how to answer.
public struct ChatOrder: Sendable, Hashable {
    /// The provider's own name of the model.
    public var model: String
    public var messages: [ChatMessage]
    public var tools: [ChatTool] = []
    public var toolChoice = ChatToolChoice.automatic
    /// The answer must be JSON of this schema.
    public var answerSchema: JSONObject?
    public var tokensMax: Int?
    public var temperature: Double?
    public var seed: Int?
    /// How much a model that can think should: `off`, `low`, `medium`, `high`; nil leaves it.
    public var thinking: ChatThinkingEffort?
    /// The window that the server should use, where it can be told.
    public var windowTokens: Int?

    public init(model: String, messages: [ChatMessage]) {
        self.model = model
        self.messages = messages
    }
}

public enum ChatThinkingEffort: String, Sendable, Hashable, CaseIterable {
    case off
    case low
    case medium
    case high
}

public enum ChatToolChoice: String, Sendable, Hashable, CaseIterable {
    /// The model decides.
    case automatic
    /// No call, although tools are listed.
    case none
    /// At least one call.
    case required
}

/// Something that the model may call.
public struct ChatTool: Sendable, Hashable {
    public var name: String
    public var about: String
    /// The JSON Schema of its arguments: an object.
    public var schema: JSONObject

    public init(name: String, about: String, schema: JSONObject) {
        self.name = name
        self.about = about
        self.schema = schema
    }
}

extension ChatOrder {
    public init(_ json: JSON) throws(ChatReadingError) {
        let reader = try ChatReader(json, "")
        model = try reader.text("model")
        messages = try reader.list("messages") { message throws(ChatReadingError) in
            try ChatMessage(message)
        }
        tools = try reader.list("tools") { tool throws(ChatReadingError) in
            try ChatTool(tool)
        }
        if json["toolChoice"] != nil { toolChoice = try reader.choice("toolChoice") }
        if json["answerSchema"] != nil { answerSchema = try reader.object("answerSchema") }
        if json["thinking"] != nil {
            thinking = try reader.choice("thinking", of: ChatThinkingEffort.self)
        }
        tokensMax = try reader.count("tokensMax")
        temperature = try reader.number("temperature")
        seed = try reader.count("seed")
        windowTokens = try reader.count("windowTokens")
    }

    public var json: JSON {
        var object: JSONObject = [
            "model": .string(model), "messages": .array(messages.map(\.json)),
        ]
        if !tools.isEmpty { object["tools"] = .array(tools.map(\.json)) }
        if toolChoice != .automatic { object["toolChoice"] = .string(toolChoice.rawValue) }
        if let answerSchema { object["answerSchema"] = .object(answerSchema) }
        if let tokensMax { object["tokensMax"] = .integer(Int64(tokensMax)) }
        if let temperature { object["temperature"] = .number(temperature) }
        if let seed { object["seed"] = .integer(Int64(seed)) }
        if let thinking { object["thinking"] = .string(thinking.rawValue) }
        if let windowTokens { object["windowTokens"] = .integer(Int64(windowTokens)) }
        return .object(object)
    }
}

extension ChatTool {
    public init(_ json: JSON) throws(ChatReadingError) {
        try self.init(ChatReader(json, "tool"))
    }

    init(_ reader: ChatReader) throws(ChatReadingError) {
        self.init(
            name: try reader.text("name"), about: try reader.text("about"),
            schema: try reader.object("schema"))
    }

    fileprivate var json: JSON {
        ["name": .string(name), "about": .string(about), "schema": .object(schema)]
    }
}
