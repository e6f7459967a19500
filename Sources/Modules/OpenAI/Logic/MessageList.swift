import ModuleChat
import ModuleJSON
import ProviderSupport

/// The messages of a chat as this dialect writes them.
struct MessageList {
    private(set) var messages: [JSON] = []
    private let chat: ChatOrder
    private let quirks: Quirks
    private let preset: String
    private let names: ToolNames

    init(_ chat: ChatOrder, _ quirks: Quirks, _ preset: String) {
        self.chat = chat
        self.quirks = quirks
        self.preset = preset
        names = ToolNames(in: chat)
        for message in chat.messages { add(message) }
    }

    private mutating func add(_ message: ChatMessage) {
        for result in message.toolResults {
            messages.append([
                "role": "tool", "tool_call_id": .string(quirks.callIDs.wire(result.call)),
                "content": .string(result.isError ? "error: \(result.text)" : result.text),
            ])
        }
        switch message.role {
        case .system:
            messages.append([
                "role": .string(quirks.systemRole), "content": .string(message.text),
            ])
        case .assistant: messages.append(.object(assistant(message)))
        case .user, .tool:
            // What a tool shows beside its result can be said by a user only.
            if let content = content(message) {
                messages.append(["role": "user", "content": content])
            }
        }
    }

    /// Text alone is a string, as every server takes it.
    private func content(_ message: ChatMessage) -> JSON? {
        var pieces: [JSON] = []
        var hasImage = false
        for part in message.parts {
            switch part {
            case .text(let text): pieces.append(["type": "text", "text": .string(text)])
            case .image(let image):
                hasImage = true
                let url = "data:\(image.mediaType);base64,\(image.base64)"
                pieces.append(["type": "image_url", "image_url": ["url": .string(url)]])
            default: break
            }
        }
        if pieces.isEmpty { return message.role == .user ? "" : nil }
        return hasImage ? .array(pieces) : .string(message.text)
    }

    private func assistant(_ message: ChatMessage) -> JSONObject {
        let text = message.text
        let calls = message.toolCalls.map { call -> JSON in
            [
                "id": .string(quirks.callIDs.wire(call.id)), "type": "function",
                "function": [
                    "name": .string(names.wire(call.name)),
                    "arguments": .string(JSON.object(call.arguments).text),
                ],
            ]
        }
        var object: JSONObject = [
            "role": "assistant",
            "content": text.isEmpty && !calls.isEmpty ? .null : .string(text),
        ]
        if !calls.isEmpty {
            object["tool_calls"] = .array(calls)
            object["reasoning_content"] = thoughts(message)
        }
        return object
    }

    /// DeepSeek refuses calls without the thoughts that led to them, also when another made them.
    private func thoughts(_ message: ChatMessage) -> JSON? {
        guard quirks.returnsThinking, chat.thinking != .off else { return nil }
        let own = message.parts.compactMap { part -> String? in
            guard case .thinking(let thinking) = part, thinking.seal?.maker == OpenAI.dialect,
                thinking.seal?.value == preset
            else { return nil }
            return thinking.text
        }
        if own.isEmpty, quirks.thinking != .toggle { return nil }
        return .string(own.joined(separator: "\n"))
    }
}
