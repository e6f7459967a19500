import ModuleChat
import ModuleJSON
import ProviderSupport

/// The body of a request for an answer.
struct OllamaBody {
    private let chat: ChatOrder
    private let options: OllamaOptions
    private let names: ToolNames

    init(_ chat: ChatOrder, _ options: OllamaOptions) {
        self.chat = chat
        self.options = options
        names = ToolNames(in: chat)
    }

    /// Loads the model with the window that chats will ask for: another would load it again.
    static func loading(_ model: String, _ options: OllamaOptions) -> JSON {
        var settings = options.model
        settings["num_ctx"] = .integer(Int64(options.window(of: nil)))
        return [
            "model": .string(model), "messages": [], "stream": false, "keep_alive": -1,
            "options": .object(settings),
        ]
    }

    var json: JSON {
        .object(
            JSONObject(known: [
                "model": .string(chat.model),
                "messages": .array(chat.messages.flatMap(messages)),
                "tools": tools,
                "stream": true,
                "format": chat.answerSchema.map { .object($0) },
                "think": thinking,
                "keep_alive": options.keepAlive,
                // Where it is understood, a chat that does not fit is refused, and not cut.
                "truncate": false, "shift": false,
                "options": .object(settings),
            ]))
    }

    private var settings: JSONObject {
        var settings = options.model
        settings["num_ctx"] = .integer(Int64(options.window(of: chat.windowTokens)))
        if let temperature = chat.temperature { settings["temperature"] = .number(temperature) }
        if let seed = chat.seed { settings["seed"] = .integer(Int64(seed)) }
        if let count = chat.tokensMax { settings["num_predict"] = .integer(Int64(count)) }
        return settings
    }

    /// There is no choice to send: tools that must not be called are not told.
    private var tools: JSON? {
        guard !chat.tools.isEmpty, chat.toolChoice != .none else { return nil }
        return .array(
            chat.tools.map { tool in
                [
                    "type": "function",
                    "function": [
                        "name": .string(names.wire(tool.name)),
                        "description": .string(tool.about), "parameters": .object(tool.schema),
                    ],
                ]
            })
    }

    /// Models of the gpt-oss family want a level, all others a yes or no.
    private var thinking: JSON? {
        guard let effort = chat.thinking else { return nil }
        let name = chat.model.split(separator: "/").last ?? ""
        guard name.hasPrefix("gpt-oss") else { return .bool(effort != .off) }
        return .string(effort == .off ? "low" : effort.rawValue)
    }

    private func messages(_ message: ChatMessage) -> [JSON] {
        var list = message.toolResults.map { result -> JSON in
            [
                "role": "tool", "tool_name": .string(names.wire(result.name)),
                "tool_call_id": .string(result.call),
                "content": .string(result.isError ? "error: \(result.text)" : result.text),
            ]
        }
        let images = message.parts.compactMap { part -> JSON? in
            if case .image(let image) = part { .string(image.base64) } else { nil }
        }
        let text = message.text
        if message.role == .tool, text.isEmpty, images.isEmpty { return list }
        let role: ChatRole = message.role == .tool ? .user : message.role
        let calls = message.toolCalls.map(call)
        list.append(
            .object(
                JSONObject(known: [
                    "role": .string(role.rawValue), "content": .string(text),
                    "thinking": calls.isEmpty ? nil : thoughts(message),
                    "images": images.isEmpty ? nil : .array(images),
                    "tool_calls": calls.isEmpty ? nil : .array(calls),
                ])))
        return list
    }

    private func call(_ call: ChatToolCall) -> JSON {
        [
            "id": .string(call.id),
            "function": [
                "name": .string(names.wire(call.name)), "arguments": .object(call.arguments),
            ],
        ]
    }

    /// Some templates show the model the thoughts that led to a call.
    private func thoughts(_ message: ChatMessage) -> JSON? {
        let own = message.parts.compactMap { part -> String? in
            guard case .thinking(let thinking) = part, thinking.seal?.maker == Ollama.dialect else {
                return nil
            }
            return thinking.text
        }
        return own.isEmpty ? nil : .string(own.joined(separator: "\n"))
    }
}
