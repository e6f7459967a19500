import AnthropicLogic
import ModuleChat
import ModuleJSON

/// Chats for tests, and what is made of them.
enum Samples {
    static let server = ProviderServer(
        preset: "anthropic", base: "https://api.anthropic.com", hasKey: true)

    static let read = ChatTool(
        name: "fs.read", about: "Reads a file.",
        schema: ["type": "object", "properties": ["path": ["type": "string"]]])

    static func seal(_ value: String, of server: String = server.base) -> ChatSeal {
        ChatSeal(maker: "anthropic", value: "\(server) \(value)")
    }

    static func call(_ id: String, _ seal: ChatSeal? = nil) -> ChatPart {
        .toolCall(ChatToolCall(id: id, name: "fs.read", arguments: ["path": "/a"], seal: seal))
    }

    static func result(_ call: String, isError: Bool = false) -> ChatPart {
        .toolResult(ChatToolResult(call: call, name: "fs.read", text: "one", isError: isError))
    }

    static func order(
        _ model: String = "claude-sonnet-4-5",
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
        try Anthropic().request(for: ProviderOrder(.chat(order), at: server))
    }

    static func body(_ order: ChatOrder, at server: ProviderServer = server) throws -> JSON {
        try JSON(parsing: try request(order, at: server).body ?? [])
    }
}
