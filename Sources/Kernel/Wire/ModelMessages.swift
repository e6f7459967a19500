/// `model.list`: every model that can be asked. The reply is a `ModelOverview`.
package struct ListModels: Codable, Sendable, Hashable {
    package static let method = "model.list"

    /// True: asks every server anew, and waits for all of them. False: asks nobody. Nil: asks those
    /// whose list is old, and waits only where there is none.
    package var refresh: Bool?

    package init(refresh: Bool? = nil) {
        self.refresh = refresh
    }
}

/// The reply to `model.list`.
package struct ModelOverview: Codable, Sendable, Hashable {
    package var models: [ModelView]
    /// Those that the configuration names, also where they have no models.
    package var providers: [ProviderView]
    /// The model of this client's chat; nil if there is none.
    package var current: String?
    /// The default.
    package var standard: String?

    package init(
        models: [ModelView], providers: [ProviderView], current: String?, standard: String?
    ) {
        self.models = models
        self.providers = providers
        self.current = current
        self.standard = standard
    }
}

/// A model, as far as it is known.
package struct ModelView: Codable, Sendable, Hashable {
    /// What `model.use` takes: the user's own name for it, or `provider/model`.
    package var name: String
    package var provider: String
    /// The provider's own name of it.
    package var model: String
    /// For people, if it is another.
    package var title: String?
    package var windowTokens: Int?
    package var answerTokensMax: Int?
    package var takesImages: Bool?
    package var takesTools: Bool?
    package var thinks: Bool?
    /// In US dollars for a million tokens.
    package var inputPrice: Double?
    package var outputPrice: Double?
    /// The kernel runs it itself, or its server is on this machine: nothing leaves it.
    package var isLocal: Bool
    /// Of one that the kernel runs itself: `idle`, `loading`, `ready`, `failed` …; of one that
    /// Ollama has, `ready` if it is in memory, and else `idle`.
    package var state: String?
    /// From 0 to 1, while it is `loading`.
    package var loadedFraction: Double?
    /// The window that Ollama has it in memory with, and what it takes there.
    package var loadedTokens: Int?
    package var loadedBytes: Int64?
    package var isCurrent: Bool
    package var isStandard: Bool

    package init(name: String, provider: String, model: String) {
        self.name = name
        self.provider = provider
        self.model = model
        isLocal = false
        isCurrent = false
        isStandard = false
    }
}

/// A provider of the configuration.
package struct ProviderView: Codable, Sendable, Hashable {
    package var name: String
    package var module: String?
    /// The server's address.
    package var base: String?
    package var models: Int
    /// When its list of models is from, in milliseconds since 1970.
    package var listed: Int64?
    /// Why it cannot be used, or did not say which models it has.
    package var problem: String?
    /// How many entries of its list are no models here, and why.
    package var leftOut: String?

    package init(name: String, models: Int) {
        self.name = name
        self.models = models
    }
}

/// `model.use`: which model answers this client's chat from now on; with `default` all chats that
/// name none, also after a restart. The reply is a `ModelDetails`.
package struct UseModel: Codable, Sendable, Hashable {
    package static let method = "model.use"

    /// Nil: what is the default, or with `default` what the configuration says.
    package var model: String?
    package var `default`: Bool?

    package init(model: String?, default: Bool? = nil) {
        self.model = model
        self.default = `default`
    }
}

/// `model.show`, `model.test`, `model.pull`, `model.load`, `model.unload`: one model, nil for the
/// one of this client's chat.
package struct ModelChoiceRequest: Codable, Sendable, Hashable {
    /// The reply is a `ModelDetails`.
    package static let show = "model.show"
    /// Puts a small question to it. The reply is a `ModelTrial`.
    package static let test = "model.test"
    /// Downloads it to its server's machine; like the next two with `model.progress` meanwhile, and
    /// a `ModelDone` as reply.
    package static let pull = "model.pull"
    package static let load = "model.load"
    package static let unload = "model.unload"

    package var model: String?
    /// Of `model.show`: whether the model's server may be asked, which takes a while; nil: yes.
    package var asksServer: Bool?

    package init(model: String? = nil) {
        self.model = model
    }
}

/// A model with who asks for it, and who stands in for it.
package struct ModelDetails: Codable, Sendable, Hashable {
    package var model: ModelView
    package var module: String?
    package var base: String?
    /// Who is asked, in this order, if it cannot answer.
    package var fallback: [String]
    /// Why nothing more is known.
    package var problem: String?
    /// What of this client's chat the model will not get, as it was chosen for it.
    package var losses: [String]?

    package init(model: ModelView, fallback: [String]) {
        self.model = model
        self.fallback = fallback
    }
}

/// What came of a small question.
package struct ModelTrial: Codable, Sendable, Hashable {
    package var model: String
    /// Nil if it failed.
    package var text: String?
    package var failure: ChatFailureView?
    package var firstMilliseconds: Double?
    package var milliseconds: Double
    package var usage: ChatUsageView?

    package init(model: String, milliseconds: Double) {
        self.model = model
        self.milliseconds = milliseconds
    }
}

package struct ModelDone: Codable, Sendable, Hashable {
    package var model: String
    package var milliseconds: Double
    package var failure: ChatFailureView?

    package init(model: String, milliseconds: Double, failure: ChatFailureView? = nil) {
        self.model = model
        self.milliseconds = milliseconds
        self.failure = failure
    }
}

/// `model.loading`: a model that the kernel runs itself gets ready, whoever asked for it. All
/// clients are told of what takes longer than a second, twice in each.
package struct ModelLoading: Codable, Sendable, Hashable {
    package static let method = "model.loading"

    package var model: String
    /// `loading`, `waiting` or `pausing`; any other one is the last that is told.
    package var state: String
    package var fraction: Double?
    package var note: String

    package init(model: String, state: String, fraction: Double?, note: String) {
        self.model = model
        self.state = state
        self.fraction = fraction
        self.note = note
    }
}

/// `model.progress`: how far a `model.pull` or `model.load` is.
package struct ModelProgress: Codable, Sendable, Hashable {
    package static let method = "model.progress"

    package var request: RequestID
    package var fraction: Double?
    package var note: String

    package init(request: RequestID, fraction: Double?, note: String) {
        self.request = request
        self.fraction = fraction
        self.note = note
    }
}
