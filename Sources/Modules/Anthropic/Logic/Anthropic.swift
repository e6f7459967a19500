package import ModuleChat
import ModuleJSON
package import ModuleKit
import ModuleProviderKit
package import ProviderSupport

/// The module `anthropic`: speaks the messages API, which also other servers answer.
package struct Anthropic: ModelProvider {
    package static let manifest = Manifest(
        id: "anthropic", version: "1.0.0",
        about: "Speaks with Anthropic's models, and with servers of the same dialect.")

    package static let tasks: [TaskOf<Anthropic>] = []

    package static let dialect = "anthropic"
    private static let version = "2023-06-01"
    /// More than there are: the rest of a list would need further requests.
    private static let modelsMax = 1000

    package init() {}

    package init(_ host: Host) { self.init() }

    package var provider: ProviderDescription {
        ProviderDescription(
            name: "Anthropic", dialect: Self.dialect, presets: [Self.preset],
            orders: [.chat, .tokens, .models, .model],
            imageTypes: MessageTurns.imageTypes.sorted(), optionsSchema: Self.optionsSchema)
    }

    private static let preset = ProviderPreset(
        id: "anthropic", name: "Anthropic", base: "https://api.anthropic.com",
        keyVariables: ["ANTHROPIC_API_KEY"], models: KnownModels.all)

    private static let optionsSchema: JSONObject = [
        "type": "object",
        "properties": [
            "cache": [
                "type": "string",
                "enum": .array(MessagesRequest.Caching.allCases.map { .string($0.rawValue) }),
                "description": """
                What the server is asked to remember between requests: nothing, tools and system \
                prompt, or the whole chat.
                """,
            ],
            "betas": [
                "type": "array", "items": ["type": "string"],
                "description": "Names of features on trial, for the header anthropic-beta.",
            ],
        ],
        "additionalProperties": false,
    ]

    // MARK: Asking

    package func request(for order: ProviderOrder) throws -> ProviderRequest {
        let server = order.server
        switch order.action {
        case .chat(let chat):
            let request = try messages(chat, server)
            return .post(
                url(server, "messages"), request.body, headers(server, request.betas),
                framing: .events)
        case .tokens(let chat):
            let request = try messages(chat, server)
            return .post(
                url(server, "messages/count_tokens"), .object(request.counted),
                headers(server, request.betas))
        case .models:
            return .get(url(server, "models?limit=\(Self.modelsMax)"), headers(server, []))
        case .model(let id):
            return .get(url(server, "models/\(Percent.encoded(id))"), headers(server, []))
        case .running, .pull, .load, .unload:
            throw Failure(
                "Anthropic runs its models itself: they are neither fetched nor loaded",
                .unsupported)
        }
    }

    private func messages(
        _ chat: ChatOrder, _ server: ProviderServer
    ) throws -> MessagesRequest {
        guard chat.messages.contains(where: { $0.role != .system && !$0.parts.isEmpty }) else {
            throw Failure("there is nothing to answer: the chat has no message", .invalid)
        }
        let caching = server.options["cache"]?.string.flatMap(MessagesRequest.Caching.init)
        return MessagesRequest(MessagesPlan(chat, at: server), caching: caching ?? .beginning)
    }

    /// The version may be part of the base, as people write it.
    private func url(_ server: ProviderServer, _ path: String) -> String {
        server.base.hasSuffix("/v1") ? "\(server.base)/\(path)" : "\(server.base)/v1/\(path)"
    }

    private func headers(
        _ server: ProviderServer, _ betas: [String]
    ) -> [ProviderRequest.Header] {
        var headers = [ProviderRequest.Header("anthropic-version", Self.version)]
        if server.hasKey { headers.append(.init("x-api-key", ProviderRequest.key)) }
        let chosen = (server.options["betas"]?.array ?? []).compactMap(\.string)
        let names = betas + chosen.filter { !betas.contains($0) }
        if !names.isEmpty {
            headers.append(.init("anthropic-beta", names.joined(separator: ",")))
        }
        return headers
    }

    // MARK: Reading

    package func reader(of order: ProviderOrder, _ head: AnswerHead) -> OrderReader<MessagesReader>
    {
        guard head.isSuccess else {
            return .refusal(RefusalReader(head, rules: AnthropicFailures.rules))
        }
        let lists = ModelLists(Self.preset)
        switch order.action {
        case .chat(let chat): return .chat(MessagesReader(chat, at: order.server, head))
        case .tokens: return .value(ValueReader(lists.tokens))
        case .models: return .value(ValueReader(lists.models))
        case .model, .running, .pull, .load, .unload: return .value(ValueReader(lists.model))
        }
    }
}
