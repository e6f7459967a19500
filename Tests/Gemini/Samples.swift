import GeminiLogic
import ModuleChat
import ModuleJSON

/// Chats for tests, and what is made of them.
enum Samples {
    static let server = ProviderServer(
        preset: "gemini", base: "https://generativelanguage.googleapis.com", hasKey: true)

    static let read = ChatTool(
        name: "fs.read", about: "Reads a file.",
        schema: ["type": "object", "properties": ["path": ["type": "string"]]])

    static func seal(
        _ signature: String, _ part: JSONObject = [:], _ model: String = "gemini-3.8-flash"
    ) -> ChatSeal {
        var value = part
        value["model"] = .string(model)
        value["signature"] = .string(signature)
        return ChatSeal(maker: "gemini", value: JSON.object(value).text)
    }

    static func call(_ id: String, _ seal: ChatSeal? = nil) -> ChatPart {
        .toolCall(ChatToolCall(id: id, name: "fs.read", arguments: ["path": "/a"], seal: seal))
    }

    static func result(_ call: String, isError: Bool = false) -> ChatPart {
        .toolResult(ChatToolResult(call: call, name: "fs.read", text: "one", isError: isError))
    }

    static func order(
        _ model: String = "gemini-3.8-flash",
        _ messages: [ChatMessage] = [ChatMessage(.user, "Go.")],
        _ change: (inout ChatOrder) -> Void = { _ in }
    ) -> ChatOrder {
        var order = ChatOrder(model: model, messages: messages)
        change(&order)
        return order
    }

    static func request(
        _ order: ChatOrder, at server: ProviderServer = server
    ) throws -> ProviderRequest {
        try Gemini().request(for: ProviderOrder(.chat(order), at: server))
    }

    static func body(_ order: ChatOrder, at server: ProviderServer = server) throws -> JSON {
        try JSON(parsing: try request(order, at: server).body ?? [])
    }
}
