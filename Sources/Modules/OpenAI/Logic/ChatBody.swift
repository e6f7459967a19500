import ModuleChat
import ModuleJSON
import ProviderSupport

/// The body of a request for an answer.
struct ChatBody {
    private let chat: ChatOrder
    private let quirks: Quirks
    private let preset: String

    init(_ chat: ChatOrder, _ quirks: Quirks, _ preset: String) {
        self.chat = chat
        self.quirks = quirks
        self.preset = preset
    }

    var json: JSON {
        let effort = quirks.effort(of: chat.model)
        let isFixed = Quirks.fits(quirks.fixedTemperature, chat.model)
        var body = JSONObject(known: [
            "model": .string(chat.model),
            "messages": .array(
                MessageList(chat, quirks, preset).messages
                    + (toldSchema.map { [["role": .string(quirks.systemRole), "content": $0]] }
                        ?? [])),
            "stream": .bool(quirks.streams),
            "stream_options": quirks.streams && quirks.asksForUsage
                ? ["include_usage": true] : nil,
            "response_format": chat.answerSchema.flatMap(answerFormat),
            quirks.tokensMaxField: chat.tokensMax.map { .integer(Int64($0)) },
            "temperature": isFixed ? nil : chat.temperature.map { .number($0) },
            quirks.seedField: chat.seed.map { .integer(Int64($0)) },
        ])
        addTools(to: &body)
        if let thinking = chat.thinking { add(thinking, effort, to: &body) }
        for (name, value) in quirks.body { body[name] = value }
        return .object(body)
    }

    // MARK: Tools

    private func addTools(to body: inout JSONObject) {
        guard !chat.tools.isEmpty else { return }
        let names = ToolNames(in: chat)
        body["tools"] = .array(
            chat.tools.map { tool in
                [
                    "type": "function",
                    "function": [
                        "name": .string(names.wire(tool.name)),
                        "description": .string(tool.about),
                        "parameters": .object(Self.parameters(tool.schema)),
                    ],
                ]
            })
        switch chat.toolChoice {
        case .automatic: break
        case .none: body["tool_choice"] = "none"
        case .required: body["tool_choice"] = .string(quirks.requiredChoice)
        }
        if quirks.asksForParallelCalls { body["parallel_tool_calls"] = true }
    }

    /// A tool without arguments has a schema too, and an object is what it is of.
    private static func parameters(_ schema: JSONObject) -> JSONObject {
        var schema = schema
        if schema["type"] == nil { schema["type"] = "object" }
        if schema["properties"] == nil { schema["properties"] = [:] }
        return schema
    }

    // MARK: JSON

    private func answerFormat(_ schema: JSONObject) -> JSON? {
        switch quirks.answerFormat {
        case .none: nil
        case .object: ["type": "json_object"]
        case .schema:
            [
                "type": "json_schema",
                "json_schema": [
                    "name": "answer", "schema": .object(schema),
                    "strict": .bool(Self.isStrict(.object(schema))),
                ],
            ]
        }
    }

    /// A server that cannot hold the model to the schema is given it in words.
    private var toldSchema: JSON? {
        guard let schema = chat.answerSchema, quirks.answerFormat != .schema else { return nil }
        return .string(
            "Answer with one JSON object and nothing else. Its JSON Schema is: "
                + JSON.object(schema).text)
    }

    /// What OpenAI demands of a schema that it holds the model to exactly: every member is
    /// required, and no other allowed.
    private static func isStrict(_ schema: JSON) -> Bool {
        if let items = schema.array { return items.allSatisfy(isStrict) }
        guard let object = schema.object else { return true }
        if object["type"] == "object" || object["properties"] != nil {
            let names = Set(object["properties"]?.object?.keys ?? [])
            let required = Set((object["required"]?.array ?? []).compactMap(\.string))
            guard object["additionalProperties"] == false, names == required else { return false }
        }
        return object.allSatisfy { isStrict($0.value) }
    }

    // MARK: Thinking

    private func add(
        _ thinking: ChatThinkingEffort, _ effort: Quirks.Effort?, to body: inout JSONObject
    ) {
        guard let effort else { return }
        let word = JSON.string(effort.word(thinking))
        switch quirks.thinking {
        case .none: break
        case .effort: body["reasoning_effort"] = word
        case .reasoning:
            body["reasoning"] = thinking == .off ? ["effort": "none"] : ["effort": word]
        case .toggle:
            body["thinking"] = ["type": thinking == .off ? "disabled" : "enabled"]
            if thinking != .off { body["reasoning_effort"] = word }
        case .template:
            var values: JSONObject = ["enable_thinking": .bool(thinking != .off)]
            if thinking != .off { values["reasoning_effort"] = word }
            body["chat_template_kwargs"] = .object(values)
        }
    }
}
