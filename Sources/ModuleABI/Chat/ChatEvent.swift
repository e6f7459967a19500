/// What a provider reads off its server's answer, piece by piece.
public enum ChatEvent: Sendable, Hashable {
    case text(String)
    case thinking(String)
    /// Belongs to the thinking that was said last.
    case seal(String)
    case toolCall(ChatToolCallPiece)
    case usage(ChatUsage)
    /// The model has said all that it will. An answer without it was cut short.
    case finish(ChatFinish)
    /// The server, or the model, refused or failed.
    case failure(ChatFailure)
}

/// Part of a call: the pieces of one call have the same index, and their arguments are one text.
public struct ChatToolCallPiece: Sendable, Hashable {
    public var index: Int
    public var id: String?
    public var name: String?
    public var arguments: String
    public var seal: String?

    public init(
        index: Int, id: String? = nil, name: String? = nil, arguments: String = "",
        seal: String? = nil
    ) {
        self.index = index
        self.id = id
        self.name = name
        self.arguments = arguments
        self.seal = seal
    }
}

/// Tokens as the server counted them; nil is unknown. A later count replaces an earlier one.
public struct ChatUsage: Sendable, Hashable {
    public var input: Int?
    /// Of those, read from the server's cache.
    public var cached: Int?
    public var output: Int?
    /// Of those, spent on thinking.
    public var thinking: Int?

    public init(
        input: Int? = nil, cached: Int? = nil, output: Int? = nil, thinking: Int? = nil
    ) {
        self.input = input
        self.cached = cached
        self.output = output
        self.thinking = thinking
    }

    /// What is known later counts.
    public mutating func take(_ later: ChatUsage) {
        input = later.input ?? input
        cached = later.cached ?? cached
        output = later.output ?? output
        thinking = later.thinking ?? thinking
    }
}

public struct ChatFinish: Sendable, Hashable {
    public var reason: Reason
    /// The server's own word, where it says more.
    public var detail: String

    public enum Reason: String, Sendable, Hashable, CaseIterable {
        case stop
        /// The limit of tokens, or the window, is reached.
        case length
        case toolCalls
        /// Held back by the provider's filter.
        case filtered
        case other
    }

    public init(_ reason: Reason, detail: String = "") {
        self.reason = reason
        self.detail = detail
    }
}

/// Why there is no answer, or no whole one.
public struct ChatFailure: Error, Sendable, Hashable, CustomStringConvertible {
    public var kind: Kind
    /// For a person.
    public var message: String
    /// When the server says that it may be asked again: from 0 to a year. Whoever says something
    /// else is not believed: it is cut to that, and what is no number is nothing.
    public var retryAfterSeconds: Double? {
        didSet { retryAfterSeconds = Self.sound(retryAfterSeconds) }
    }

    public enum Kind: String, Sendable, Hashable, CaseIterable {
        /// The key is missing, wrong, or not allowed to do this.
        case authentication
        /// Paid-for credit or the quota of a long time is used up.
        case quota
        case rateLimit
        case overloaded
        case contextTooLong
        case badRequest
        case modelNotFound
        case network
        /// The server cannot show that it is the one that it says it is.
        case untrusted
        case stalled
        /// The answer ended in its middle.
        case cutShort
        /// The answer is not what the dialect says.
        case malformed
        /// The provider's filter refuses to answer.
        case blocked
        case server
        case cancelled
    }

    public init(_ kind: Kind, _ message: String, retryAfterSeconds: Double? = nil) {
        self.kind = kind
        self.message = message
        self.retryAfterSeconds = Self.sound(retryAfterSeconds)
    }

    private static let yearSeconds = 31_536_000.0

    private static func sound(_ seconds: Double?) -> Double? {
        guard let seconds, !seconds.isNaN else { return nil }
        return min(max(seconds, 0), yearSeconds)
    }

    public var description: String { message }
}
