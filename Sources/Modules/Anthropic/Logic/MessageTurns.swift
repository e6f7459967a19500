import ModuleChat
import ModuleJSON
import ProviderSupport

/// The messages of a chat as the API has them: the sides take turns, and results of tools stand at
/// the beginning of what the user says.
struct MessageTurns: Sendable {
    private(set) var turns: [Turn] = []
    private let plan: MessagesPlan

    struct Turn: Sendable, Hashable {
        var role: String
        var blocks: [JSON]
    }

    /// What the API shows to a model.
    static let imageTypes: Set<String> = [
        "image/jpeg", "image/png", "image/gif", "image/webp",
    ]

    init(_ plan: MessagesPlan) {
        self.plan = plan
        for message in plan.order.messages where message.role != .system { add(message) }
        // A chat must begin with the user, but may have lost its beginning.
        if turns.first?.role == "assistant" {
            turns.insert(
                Turn(role: "user", blocks: [Self.text("(The chat goes on.)")]), at: 0)
        }
    }

    private mutating func add(_ message: ChatMessage) {
        let isAssistant = message.role == .assistant
        var blocks = message.parts.compactMap { isAssistant ? said($0) : given($0) }
        if !isAssistant {
            let results = blocks.filter { $0["type"] == "tool_result" }
            blocks = results + blocks.filter { $0["type"] != "tool_result" }
        }
        guard !blocks.isEmpty else { return }
        let role = isAssistant ? "assistant" : "user"
        if turns.last?.role == role {
            turns[turns.count - 1].blocks += blocks
        } else {
            turns.append(Turn(role: role, blocks: blocks))
        }
    }

    /// A part of what the model said.
    private func said(_ part: ChatPart) -> JSON? {
        switch part {
        case .text(let text): return Self.spoken(text)
        case .thinking(let thinking): return plan.seals.block(thinking)
        case .toolCall(let call):
            return [
                "type": "tool_use", "id": .string(plan.ids.wire(call.id)),
                "name": .string(plan.names.wire(call.name)), "input": .object(call.arguments),
            ]
        case .image: return Self.text("[an image]")
        case .toolResult, .notice: return nil
        }
    }

    /// A part of what the model was told.
    private func given(_ part: ChatPart) -> JSON? {
        switch part {
        case .text(let text): return Self.spoken(text)
        case .image(let image):
            guard Self.imageTypes.contains(image.mediaType) else {
                return Self.text("[an image of the type \(image.mediaType), which cannot be shown]")
            }
            return [
                "type": "image",
                "source": [
                    "type": "base64", "media_type": .string(image.mediaType),
                    "data": .string(image.base64),
                ],
            ]
        case .toolResult(let result):
            var block: JSONObject = [
                "type": "tool_result", "tool_use_id": .string(plan.ids.wire(result.call)),
                "content": .string(result.text),
            ]
            if result.isError { block["is_error"] = true }
            return .object(block)
        case .thinking, .toolCall, .notice: return nil
        }
    }

    /// The API refuses a text that is only white space.
    private static func spoken(_ string: String) -> JSON? {
        guard !string.allSatisfy(\.isWhitespace) else { return nil }
        return text(string)
    }

    private static func text(_ string: String) -> JSON {
        ["type": "text", "text": .string(string)]
    }
}
