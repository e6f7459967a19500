import ModuleChat
import ModuleJSON
import ProviderSupport

/// The messages of a chat as the API has them.
struct ContentTurns: Sendable {
    private(set) var turns: [Turn] = []
    private let model: GeminiModel
    private let names: ToolNames
    private let ids = CallIDs(lengthMax: 64)
    /// What the model called last, in order: its results must come in the same.
    private var calls: [String] = []

    struct Turn: Sendable, Hashable {
        var role: String
        var parts: [JSON]
    }

    /// What the API shows to a model.
    static let imageTypes: Set<String> = [
        "image/jpeg", "image/png", "image/webp", "image/heic", "image/heif",
    ]

    /// Documented for calls that another model made, which have no signature.
    private static let noSignature: JSON = "skip_thought_signature_validator"

    init(_ order: ChatOrder, _ model: GeminiModel, _ names: ToolNames) {
        self.model = model
        self.names = names
        for message in order.messages {
            switch message.role {
            case .system: continue
            case .assistant:
                calls = message.toolCalls.map(\.id)
                add("model", said(message))
            case .user, .tool: add("user", given(message))
            }
        }
        // A call must follow something that was said to the model, but a chat may have lost its
        // beginning.
        if turns.first?.role == "model" {
            turns.insert(Turn(role: "user", parts: [Self.text("(The chat goes on.)")]), at: 0)
        }
    }

    private mutating func add(_ role: String, _ parts: [JSON]) {
        guard !parts.isEmpty else { return }
        turns.append(Turn(role: role, parts: parts))
    }

    private static func text(_ text: String) -> JSON { ["text": .string(text)] }

    // MARK: What the model was told

    private func given(_ message: ChatMessage) -> [JSON] {
        let results = message.toolResults.sorted { place($0) < place($1) }.map(result)
        return results + message.parts.compactMap(given)
    }

    private func place(_ result: ChatToolResult) -> Int {
        calls.firstIndex(of: result.call) ?? calls.count
    }

    /// The text stays text, also if it is JSON: the API would turn its numbers into fractions.
    private func result(_ result: ChatToolResult) -> JSON {
        var response: JSONObject = [
            "name": .string(names.wire(result.name)),
            "response": [result.isError ? "error" : "output": .string(result.text)],
        ]
        if model.takesCallIDs { response["id"] = .string(ids.wire(result.call)) }
        return ["functionResponse": .object(response)]
    }

    private func given(_ part: ChatPart) -> JSON? {
        switch part {
        case .text(let text):
            guard !text.isEmpty else { return nil }
            return Self.text(text)
        case .image(let image):
            guard Self.imageTypes.contains(image.mediaType) else {
                return Self.text("[an image of the type \(image.mediaType), which cannot be shown]")
            }
            return [
                "inlineData": [
                    "mimeType": .string(image.mediaType), "data": .string(image.base64),
                ]
            ]
        case .toolResult, .thinking, .toolCall, .notice: return nil
        }
    }

    // MARK: What the model said

    private func said(_ message: ChatMessage) -> [JSON] {
        var parts = SignedParts(model.name)
        var lacksSignature = model.wantsSignatures
        for part in message.parts {
            switch part {
            case .text(let text): parts.add(text)
            case .thinking(let thinking): parts.add(thinking)
            case .toolCall(let call):
                var signature = parts.signature(call.seal)
                // Of calls made at once only the first bears one.
                if signature == nil, lacksSignature { signature = Self.noSignature }
                lacksSignature = false
                parts.add(self.call(call, signature))
            case .image: parts.add("[an image]")
            case .toolResult, .notice: continue
            }
        }
        return parts.parts
    }

    private func call(_ call: ChatToolCall, _ signature: JSON?) -> JSON {
        var function: JSONObject = [
            "name": .string(names.wire(call.name)), "args": .object(call.arguments),
        ]
        if model.takesCallIDs { function["id"] = .string(ids.wire(call.id)) }
        var part: JSONObject = ["functionCall": .object(function)]
        part["thoughtSignature"] = signature
        return .object(part)
    }
}
