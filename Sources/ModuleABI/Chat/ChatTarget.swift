import ModuleJSON

/// Who is to go on with a chat: what it takes, and what it must not be shown.
public struct ChatTarget: Sendable, Hashable {
    /// The dialect, whose own seals go back to it.
    public var maker: String
    public var takesImages: Bool
    public var takesTools: Bool
    /// Whether it wants its thoughts back.
    public var takesThinking: Bool

    public init(
        maker: String, takesImages: Bool = true, takesTools: Bool = true,
        takesThinking: Bool = true
    ) {
        self.maker = maker
        self.takesImages = takesImages
        self.takesTools = takesTools
        self.takesThinking = takesThinking
    }
}

/// A chat made ready for one model.
public struct ChatPreparation: Sendable, Hashable {
    public private(set) var messages: [ChatMessage] = []
    /// What the model will not see, for the person to know before it is sent.
    public private(set) var losses: [String] = []
    private let target: ChatTarget
    private var imagesLost = 0
    private var callsToldAsText = 0

    public init(_ history: [ChatMessage], for target: ChatTarget) {
        self.target = target
        for message in history { add(message) }
        close()
        if imagesLost > 0 {
            let noun = imagesLost == 1 ? "1 image" : "\(imagesLost) images"
            losses.append("\(noun) cannot be shown to this model, which takes none")
        }
        if callsToldAsText > 0 {
            losses.append("calls of tools are told to this model as text, since it has none")
        }
    }

    private mutating func add(_ message: ChatMessage) {
        if message.role != .tool { close() }
        let parts = message.parts.compactMap { adapted($0) }
        guard !parts.isEmpty else { return }
        let role: ChatRole = message.role == .tool && !target.takesTools ? .user : message.role
        // Two messages of one side in a row are one: several dialects take no others.
        if let last = messages.last, last.role == role, role != .system {
            messages[messages.count - 1].parts += parts
        } else {
            messages.append(ChatMessage(role, parts))
        }
    }

    private mutating func adapted(_ part: ChatPart) -> ChatPart? {
        switch part {
        case .notice: return nil
        case .text(let text): return text.isEmpty ? nil : part
        case .image:
            if target.takesImages { return part }
            imagesLost += 1
            return .text("[an image, which this model cannot see]")
        case .thinking(let thinking):
            let own = thinking.seal?.maker == target.maker
            // Another's thoughts are of no use, and an unsealed one is refused by who made it.
            return target.takesThinking && own ? part : nil
        case .toolCall(var call):
            guard target.takesTools else { return told(call) }
            if call.seal?.maker != target.maker { call.seal = nil }
            return .toolCall(call)
        case .toolResult(let result):
            return target.takesTools ? part : .text("[result of \(result.name)]\n\(result.text)")
        }
    }

    private mutating func told(_ call: ChatToolCall) -> ChatPart {
        callsToldAsText += 1
        return .text("[called \(call.name) with \(JSON.object(call.arguments).text)]")
    }

    /// Every call needs its result, or no dialect takes the chat: one that never came, because the
    /// turn was interrupted, is said to be missing.
    private mutating func close() {
        guard target.takesTools else { return }
        guard let place = messages.lastIndex(where: { $0.role == .assistant }),
            messages[(place + 1)...].allSatisfy({ $0.role == .tool })
        else { return }
        let answered = Set(messages[(place + 1)...].flatMap(\.toolResults).map(\.call))
        let missing = messages[place].toolCalls.filter { !answered.contains($0.id) }
        guard !missing.isEmpty else { return }
        let results = missing.map { call in
            ChatPart.toolResult(
                ChatToolResult(
                    call: call.id, name: call.name,
                    text: "The call was interrupted: it is not known whether it took effect.",
                    isError: true))
        }
        if messages.last?.role == .tool {
            messages[messages.count - 1].parts += results
        } else {
            messages.append(ChatMessage(.tool, results))
        }
    }
}
