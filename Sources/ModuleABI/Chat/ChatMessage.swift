public import ModuleJSON

/// One message of a chat, in the form that belongs to no provider: any provider can go on from it.
public struct ChatMessage: Sendable, Hashable {
    public var role: ChatRole
    public var parts: [ChatPart]

    public init(_ role: ChatRole, _ parts: [ChatPart]) {
        self.role = role
        self.parts = parts
    }

    public init(_ role: ChatRole, _ text: String) {
        self.init(role, [.text(text)])
    }

    /// Its text parts, one after the other.
    public var text: String {
        parts.reduce(into: "") { whole, part in
            if case .text(let text) = part { whole += text }
        }
    }

    public var toolCalls: [ChatToolCall] {
        parts.compactMap { part in
            if case .toolCall(let call) = part { call } else { nil }
        }
    }

    public var toolResults: [ChatToolResult] {
        parts.compactMap { part in
            if case .toolResult(let result) = part { result } else { nil }
        }
    }
}

public enum ChatRole: String, Sendable, Hashable, CaseIterable {
    case system
    case user
    case assistant
    /// Holds the results of the assistant's calls.
    case tool
}

/// A piece of a message.
public enum ChatPart: Sendable, Hashable {
    case text(String)
    case image(ChatImage)
    case thinking(ChatThinking)
    case toolCall(ChatToolCall)
    case toolResult(ChatToolResult)
    /// Said by the kernel to people, such as that an answer was cut short. No model is shown it.
    case notice(String)
}

public struct ChatImage: Sendable, Hashable {
    /// `image/png`
    public var mediaType: String
    /// The file's bytes in base64.
    public var base64: String

    public init(mediaType: String, base64: String) {
        self.mediaType = mediaType
        self.base64 = base64
    }
}

/// What a provider wants back, unread, in the next request. Nobody else can use it.
public struct ChatSeal: Sendable, Hashable {
    /// The dialect that made it.
    public var maker: String
    public var value: String

    public init(maker: String, value: String) {
        self.maker = maker
        self.value = value
    }
}

public struct ChatThinking: Sendable, Hashable {
    /// Empty where the provider keeps its thoughts to itself.
    public var text: String
    public var seal: ChatSeal?

    public init(_ text: String, seal: ChatSeal? = nil) {
        self.text = text
        self.seal = seal
    }
}

public struct ChatToolCall: Sendable, Hashable {
    /// Unique within the chat.
    public var id: String
    /// `fs.read`
    public var name: String
    /// One JSON object.
    public var arguments: JSONObject
    public var seal: ChatSeal?

    public init(id: String, name: String, arguments: JSONObject, seal: ChatSeal? = nil) {
        self.id = id
        self.name = name
        self.arguments = arguments
        self.seal = seal
    }
}

public struct ChatToolResult: Sendable, Hashable {
    /// The id of the call that it answers.
    public var call: String
    public var name: String
    public var text: String
    public var isError: Bool

    public init(call: String, name: String, text: String, isError: Bool = false) {
        self.call = call
        self.name = name
        self.text = text
        self.isError = isError
    }
}
