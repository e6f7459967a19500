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
    }

    func order(for target: ReadyTarget) -> Prepared {
        let takesTools = target.info.takesTools ?? true
        let preparation = ChatPreparation(
            messages,
            for: ChatTarget(
                maker: target.dialect, takesImages: target.info.takesImages ?? true,
                imageTypes: target.info.imageTypes,
                // Several dialects refuse calls of tools that the request does not define.
                takesTools: takesTools && !tools.isEmpty, takesThinking: target.info.thinks ?? true)
        )
        var order = ChatOrder(model: target.info.id, messages: preparation.messages)
        var losses = preparation.losses
        if takesTools {
            order.tools = tools
            order.toolChoice = toolChoice
        } else if !tools.isEmpty {
            losses.append("\(target.reference) cannot use tools: it can answer, and do nothing")
        }
        order.answerSchema = answerSchema
        order.temperature = temperature
        order.seed = seed
        order.tokensMax = tokensMax ?? target.info.answerTokensMax
        order.thinking = target.info.thinks == false ? nil : thinking
        order.windowTokens = target.info.windowTokens
        return Prepared(order: order, losses: losses)
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
    let endpoint: ModelEndpoint
    let dialect: String
    let info: ModelInfo
}

extension ModelEndpoint {
    package var server: ProviderServer {
        ProviderServer(preset: preset, base: base, hasKey: !keys.isEmpty, options: options)
    }
}
