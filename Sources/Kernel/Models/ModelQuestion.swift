import KernelFitting
package import ModuleChat
package import ModuleJSON

/// A chat to be gone on with, and the models that may do it, the wanted one first.
package struct ModelQuestion: Sendable {
    package var messages: [ChatMessage]
    package var tools: [ChatTool] = []
    package var toolChoice = ChatToolChoice.automatic
    package var answerSchema: JSONObject?
    package var temperature: Double?
    package var seed: Int?
    package var tokensMax: Int?
    package var thinking: ChatThinkingEffort?
    package let targets: [ModelTarget]
    package var policy = AnswerLife.Policy()

    package init(_ messages: [ChatMessage], to targets: [ModelTarget]) {
        precondition(!targets.isEmpty, "a question is put to somebody")
        self.messages = messages
        self.targets = targets
    }

    /// What one model gets, and what of the chat it does not.
    struct Prepared {
        var order: ChatOrder
        var losses: [String]
        /// Of a model that is held to the form of a call.
        var calling: SchemaCalling?
        /// The model's window, if the chat may be longer.
        var windowTokensTight: Int?
        /// As far as nobody has counted them.
        var tokens: Int
    }

    func order(for target: ReadyTarget) -> Prepared {
        let info = target.info
        let searches = ToolSearches(in: messages, among: tools)
        let way = ActingWay(info, preset: target.endpoint.preset)
        let fit = fit(searches, way, windowTokens: info.windowTokens)
        let calling =
            way == .schema
            ? SchemaCalling(fit.tools, choice: toolChoice, answerSchema: answerSchema) : nil
        let preparation = ChatPreparation(
            calling?.told(searches.messages) ?? searches.messages,
            for: ChatTarget(
                maker: target.dialect, takesImages: info.takesImages ?? true,
                imageTypes: info.imageTypes, takesTools: way == .tools,
                hasTools: !fit.tools.isEmpty, takesThinking: info.thinks ?? true))
        var order = ChatOrder(model: info.id, messages: preparation.messages)
        if way == .tools, !fit.tools.isEmpty {
            order.tools = fit.tools
            order.toolChoice = toolChoice
        }
        order.answerSchema = calling?.schema ?? answerSchema
        order.temperature = temperature
        order.seed = seed
        order.tokensMax = tokensMax ?? info.answerTokensMax
        order.thinking = info.thinks == false ? nil : thinking
        order.windowTokens = info.windowTokens
        let isActing = !tools.isEmpty && toolChoice != .none
        let losses =
            preparation.losses + [fit.sentence].compactMap(\.self)
            + (isActing ? [way.sentence(about: "\(target.reference)")].compactMap(\.self) : [])
        let tokens =
            order.messages.reduce(0) { $0 + TokenEstimate.tokens(in: $1) }
            + (order.tools.isEmpty ? 0 : fit.toolTokens)
        return Prepared(
            order: order, losses: losses, calling: calling,
            windowTokensTight: info.windowTokens.flatMap { tokens >= $0 ? $0 : nil },
            tokens: tokens)
    }

    /// What of the tools fits. Those that were called or found last in this chat come first.
    private func fit(
        _ searches: ToolSearches, _ way: ActingWay, windowTokens: Int?
    ) -> PromptFit {
        let prompts = messages.filter { $0.role == .system }.map { message in
            PromptFit.Part("the prompt", message.text, .needed)
        }
        let ranked = tools.map { PromptFit.Tool($0, rank: searches.rank(of: $0)) }
        return PromptFit(prompts, way == .none ? [] : ranked, windowTokens: windowTokens)
    }

    /// What the model that is asked first would not get of the chat, as far as that is known before
    /// it is asked. `windowTokens` are those of a model that runs here already.
    package func losses(windowTokens: Int?) -> [String] {
        let target = targets[0]
        var info = target.info
        info.windowTokens = info.windowTokens ?? windowTokens
        let (endpoint, dialect) =
            switch target.place {
            case .server(let endpoint, let dialect): (endpoint, dialect)
            // Where it runs is no matter here.
            case .local(let name):
                (ModelEndpoint(name: name, module: "", preset: "", base: ""), "")
            }
        let prepared = order(
            for: ReadyTarget(
                reference: target.reference, endpoint: endpoint, dialect: dialect, info: info))
        return prepared.losses(counted: nil, by: target.reference)
    }
}

extension ModelQuestion.Prepared {
    /// With that of the chat's length; `counted` is what the server says of it.
    func losses(counted: Int?, by model: ModelReference) -> [String] {
        guard let window = windowTokensTight, counted.map({ $0 >= window }) ?? true else {
            return losses
        }
        let amount = counted.map { "\($0)" } ?? "about \(tokens)"
        return losses + [
            "this chat takes \(amount) tokens, and the window of \(model) has \(window): it may "
                + "be refused, or its beginning not be seen"
        ]
    }
}

/// One model that may be asked.
package struct ModelTarget: Sendable, Hashable {
    package let reference: ModelReference
    package let place: Place
    package let info: ModelInfo

    package enum Place: Sendable, Hashable {
        case server(ModelEndpoint, dialect: String)
        /// Run by the kernel itself: where it is asked is known once it is loaded.
        case local(String)
    }

    package init(_ info: ModelInfo, at endpoint: ModelEndpoint, dialect: String) {
        reference = ModelReference(provider: endpoint.name, model: info.id)
        place = .server(endpoint, dialect: dialect)
        self.info = info
    }

    package init(local name: String) {
        reference = ModelReference(provider: Self.localProvider, model: name)
        place = .local(name)
        info = ModelInfo(id: name)
    }

    func answering(atMost tokens: Int) -> ModelTarget {
        var info = info
        info.answerTokensMax = tokens
        guard case .server(let endpoint, let dialect) = place else { return self }
        return ModelTarget(info, at: endpoint, dialect: dialect)
    }

    /// The provider that models of this machine seem to have.
    package static let localProvider = "local"
}

/// A model with the server that it can be asked at now.
struct ReadyTarget: Sendable {
    let reference: ModelReference
    var endpoint: ModelEndpoint
    let dialect: String
    let info: ModelInfo
}

extension ModelEndpoint {
    package var server: ProviderServer {
        ProviderServer(preset: preset, base: base, hasKey: !keys.isEmpty, options: options)
    }
}
