package import ModuleChat
package import ModuleJSON
package import ModuleProviderKit

/// Chats for the tests of one provider, and what it makes of them.
package protocol ProviderSamples {
    associatedtype Provider: ModelProvider

    static var provider: Provider { get }
    static var server: ProviderServer { get }
    /// Who is asked if nobody is named.
    static var model: String { get }
}

extension ProviderSamples {
    package static var read: ChatTool {
        ChatTool(
            name: "fs.read", about: "Reads a file.",
            schema: ["type": "object", "properties": ["path": ["type": "string"]]])
    }

    package static func call(_ id: String, _ seal: ChatSeal? = nil) -> ChatPart {
        .toolCall(ChatToolCall(id: id, name: "fs.read", arguments: ["path": "/a"], seal: seal))
    }

    package static func result(_ call: String, isError: Bool = false) -> ChatPart {
        .toolResult(ChatToolResult(call: call, name: "fs.read", text: "one", isError: isError))
    }

    package static func order(
        _ model: String = Self.model, _ messages: [ChatMessage] = [ChatMessage(.user, "Go.")],
        _ change: (inout ChatOrder) -> Void = { _ in }
    ) -> ChatOrder {
        var order = ChatOrder(model: model, messages: messages)
        change(&order)
        return order
    }

    package static func request(
        _ order: ChatOrder, at server: ProviderServer = Self.server
    ) throws -> ProviderRequest {
        try provider.request(for: ProviderOrder(.chat(order), at: server))
    }

    package static func body(
        _ order: ChatOrder, at server: ProviderServer = Self.server
    ) throws -> JSON {
        try JSON(parsing: try request(order, at: server).body ?? [])
    }
}
