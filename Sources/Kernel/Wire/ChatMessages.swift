package import ModuleJSON

/// `chat.ask`: these messages are to be gone on with; nothing of it is kept. The answer is told in
/// pieces, and as a whole in the reply, a `ChatAnswerMessage`.
package struct AskChat: Codable, Sendable, Hashable {
    package static let method = "chat.ask"

    /// As `docs/providers.md` describes them.
    package var messages: JSON
    /// Nil: the default.
    package var model: String?
    package var tokensMax: Int?
    package var temperature: Double?
    package var seed: Int?
    /// `off`, `low`, `medium` or `high`.
    package var thinking: String?
    /// A JSON Schema that the answer must keep to.
    package var answerSchema: JSON?
    /// What the model may call, each with `name`, `about` and the JSON `schema` of its arguments.
    /// Who asks runs them: the answer holds the calls, and the next question their results.
    package var tools: JSON?
    /// `automatic`, `none` or `required`.
    package var toolChoice: String?

    package init(messages: JSON, model: String? = nil) {
        self.messages = messages
        self.model = model
    }
}

/// `chat.say`: the next message of this client's own chat, which is kept as long as the client is
/// there. Answered like `chat.ask`.
package struct SayInChat: Codable, Sendable, Hashable {
    package static let method = "chat.say"

    package var text: String

    package init(text: String) {
        self.text = text
    }
}

/// `chat.show`: this client's chat. `chat.new`: begins another one.
package struct OwnChat: Codable, Sendable, Hashable {
    package static let show = "chat.show"
    package static let new = "chat.new"

    package var messages: JSON
    /// The model that answers; nil if there is none.
    package var model: String?

    package init(messages: JSON, model: String?) {
        self.messages = messages
        self.model = model
    }
}

/// `request.cancel`: ends what this client's request of that id began; the request is still
/// answered.
package struct CancelRequest: Codable, Sendable, Hashable {
    package static let method = "request.cancel"

    package var request: RequestID

    package init(request: RequestID) {
        self.request = request
    }
}

/// `chat.text` and `chat.thinking`: more of an answer.
package struct ChatPiece: Codable, Sendable, Hashable {
    package static let text = "chat.text"
    package static let thinking = "chat.thinking"

    package var request: RequestID
    package var text: String

    package init(request: RequestID, text: String) {
        self.request = request
        self.text = text
    }
}

/// `chat.notice`: what happens before an answer comes, or in place of it.
package struct ChatNotice: Codable, Sendable, Hashable {
    package static let method = "chat.notice"

    /// The model is being loaded on this machine; each one takes the place of the one before.
    package static let loading = "loading"
    /// It is asked again in a while; each one takes the place of the one before.
    package static let waiting = "waiting"
    /// It was asked and has said nothing of its answer for a while; each one takes the place of the
    /// one before.
    package static let working = "working"
    /// Another model is asked.
    package static let fallback = "fallback"
    /// The same model is asked with another key.
    package static let key = "key"
    /// What of the chat the model does not get.
    package static let loss = "loss"

    package var request: RequestID
    package var kind: String
    /// A sentence for a person.
    package var text: String
    /// How long it takes still, of `waiting`; how long it has been so, of `working`.
    package var seconds: Double?
    package var fraction: Double?

    /// It holds for a moment, and is not to be kept.
    package var isMomentary: Bool { [Self.loading, Self.waiting, Self.working].contains(kind) }

    package init(request: RequestID, kind: String, text: String) {
        self.request = request
        self.kind = kind
        self.text = text
    }
}

/// The reply to `chat.ask` and `chat.say`: the answer, or as much of one as came.
package struct ChatAnswerMessage: Codable, Sendable, Hashable {
    /// Who gave it.
    package var model: String
    /// All of its text.
    package var text: String
    /// The message as it is kept.
    package var message: JSON
    /// `stop`, `length`, `toolCalls`, `filtered`, `other`; nil if it did not end.
    package var finish: String?
    /// The provider's own word for it, where it says more.
    package var finishDetail: String?
    package var usage: ChatUsageView?
    /// Nil: the answer is whole.
    package var failure: ChatFailureView?
    /// Until the first piece.
    package var firstMilliseconds: Double?
    package var milliseconds: Double

    package init(model: String, text: String, message: JSON, milliseconds: Double) {
        self.model = model
        self.text = text
        self.message = message
        self.milliseconds = milliseconds
    }
}

/// Tokens, as the server counted them.
package struct ChatUsageView: Codable, Sendable, Hashable {
    package var input: Int?
    package var cached: Int?
    package var output: Int?
    package var thinking: Int?

    package init(input: Int?, cached: Int?, output: Int?, thinking: Int?) {
        self.input = input
        self.cached = cached
        self.output = output
        self.thinking = thinking
    }
}

/// Why there is no answer, or no whole one.
package struct ChatFailureView: Codable, Sendable, Hashable {
    package static let cancelled = "cancelled"

    /// As `docs/providers.md` lists them: `rateLimit`, `network`, `cancelled` …
    package var kind: String
    package var message: String
    /// When it may be asked again, where that is known.
    package var retryAfterSeconds: Double?

    package init(kind: String, message: String) {
        self.kind = kind
        self.message = message
    }
}
