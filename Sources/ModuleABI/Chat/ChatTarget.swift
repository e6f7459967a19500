import ModuleJSON

/// Who is to go on with a chat: what it takes, and what it must not be shown.
public struct ChatTarget: Sendable, Hashable {
    /// The dialect, whose own seals go back to it.
    public var maker: String
    public var takesImages: Bool
    /// Of images, such as `image/png`; nil: any.
    public var imageTypes: [String]?
    public var takesTools: Bool
    /// Whether the request defines tools: without any, several dialects refuse calls of them.
    public var hasTools: Bool
    /// Whether it wants its thoughts back.
    public var takesThinking: Bool

    public init(
        maker: String, takesImages: Bool = true, imageTypes: [String]? = nil,
        takesTools: Bool = true, hasTools: Bool = true, takesThinking: Bool = true
    ) {
        self.maker = maker
        self.takesImages = takesImages
        self.imageTypes = imageTypes
        self.takesTools = takesTools
        self.hasTools = hasTools
        self.takesThinking = takesThinking
    }
}

/// A chat made ready for one model.
public struct ChatPreparation: Sendable, Hashable {
    public private(set) var messages: [ChatMessage] = []
    /// What the model will not see, for the person to know before it is sent.
    public private(set) var losses: [String] = []
    private let target: ChatTarget
    private var takesCalls: Bool { target.takesTools && target.hasTools }
    private var imagesLost = 0
    private var callsToldAsText = 0
    private var imageTypesLost: Set<String> = []
    /// Calls of the assistant's last message that have no result yet.
    private var open: Set<String> = []
    /// Results of calls that are not in the chat any more, which no dialect takes.
    private var strays: [ChatPart] = []

    public init(_ history: [ChatMessage], for target: ChatTarget) {
        self.target = target
        for message in history { add(message) }
        close()
        tellStrays()
        if imagesLost > 0 {
            let noun = imagesLost == 1 ? "1 image" : "\(imagesLost) images"
            losses.append("\(noun) cannot be shown to this model, which takes none")
        }
        if !imageTypesLost.isEmpty {
            let types = imageTypesLost.sorted().joined(separator: ", ")
            losses.append("images of the type \(types) cannot be shown to this model")
        }
        if callsToldAsText > 0 {
            losses.append(
                target.takesTools
                    ? "calls of tools are told to this model as text, since it is given no tools"
                    : "calls of tools are told to this model as text, since it takes no tools")
        }
    }

    private mutating func add(_ message: ChatMessage) {
        if message.role != .tool {
            close()
            tellStrays()
        }
        var parts: [ChatPart] = []
        for part in message.parts {
            guard let adapted = adapted(part) else { continue }
            // What is told as text is no part of the sentence before.
            parts.append(adapted == part ? adapted : Self.apart(adapted, from: parts))
        }
        append(parts, message.role == .tool && !takesCalls ? .user : message.role)
    }

    private mutating func append(_ parts: [ChatPart], _ role: ChatRole) {
        guard !parts.isEmpty else { return }
        if role == .assistant { open.formUnion(ChatMessage(role, parts).toolCalls.map(\.id)) }
        // Two messages of one side in a row are one: several dialects take no others.
        guard let last = messages.last, last.role == role, role != .system else {
            messages.append(ChatMessage(role, parts))
            return
        }
        let first = parts.firstIndex { if case .text = $0 { true } else { false } }
        var parts = parts
        if let first { parts[first] = Self.apart(parts[first], from: last.parts) }
        messages[messages.count - 1].parts += parts
    }

    /// Text that begins a paragraph of its own, where others put texts one after the other.
    private static func apart(_ part: ChatPart, from before: [ChatPart]) -> ChatPart {
        guard case .text(let text) = part,
            before.contains(where: { if case .text = $0 { true } else { false } })
        else { return part }
        return .text("\n\n" + text)
    }

    private mutating func tellStrays() {
        let told = strays
        strays = []
        append(told, .user)
    }

    private mutating func adapted(_ part: ChatPart) -> ChatPart? {
        switch part {
        case .notice: return nil
        case .text(let text): return text.isEmpty ? nil : part
        case .image(let image):
            guard target.takesImages else {
                imagesLost += 1
                return .text("[an image, which this model cannot see]")
            }
            guard let types = target.imageTypes, !types.contains(image.mediaType) else {
                return part
            }
            imageTypesLost.insert(image.mediaType)
            return .text("[an image of the type \(image.mediaType), which cannot be shown]")
        case .thinking(let thinking):
            let own = thinking.seal?.maker == target.maker
            // Another's thoughts are of no use, and an unsealed one is refused by who made it.
            return target.takesThinking && own ? part : nil
        case .toolCall(var call):
            guard takesCalls else { return told(call) }
            if call.seal?.maker != target.maker { call.seal = nil }
            return .toolCall(call)
        case .toolResult(let result):
            let told = ChatPart.text("[result of \(result.name)]\n\(result.text)")
            guard takesCalls else { return told }
            guard open.remove(result.call) == nil else { return part }
            strays.append(Self.apart(told, from: strays))
            return nil
        }
    }

    private mutating func told(_ call: ChatToolCall) -> ChatPart {
        callsToldAsText += 1
        return .text("[called \(call.name) with \(JSON.object(call.arguments).text)]")
    }

    /// Every call needs its result, or no dialect takes the chat: one that never came, because the
    /// turn was interrupted, is said to be missing.
    private mutating func close() {
        guard takesCalls else { return }
        defer { open = [] }
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
