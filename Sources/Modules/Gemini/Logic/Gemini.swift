package import ModuleChat
import ModuleJSON
package import ModuleKit
import ModuleProviderKit
package import ProviderSupport

/// The module `gemini`: speaks Google's API for its models.
package struct Gemini: ModelProvider {
    package static let manifest = Manifest(
        id: "gemini", version: "1.0.0", about: "Speaks with Google's Gemini models.")

    package static let tasks: [TaskOf<Gemini>] = []

    package static let dialect = "gemini"
    /// More than there are: the rest of a list would need further requests.
    private static let modelsMax = 1000

    package init() {}

    package init(_ host: Host) { self.init() }

    package var provider: ProviderDescription {
        ProviderDescription(
            name: "Gemini", dialect: Self.dialect, presets: [Self.preset],
            orders: [.chat, .tokens, .models, .model],
            imageTypes: ContentTurns.imageTypes.sorted(),
            optionsSchema: ["type": "object", "properties": [:], "additionalProperties": false])
    }

    private static let preset = ProviderPreset(
        id: "gemini", name: "Gemini", base: "https://generativelanguage.googleapis.com",
        keyVariables: ["GEMINI_API_KEY", "GOOGLE_API_KEY"], models: KnownModels.all)

    // MARK: Asking

    package func request(for order: ProviderOrder) throws -> ProviderRequest {
        let server = order.server
        let headers = server.hasKey ? [.init("x-goog-api-key", ProviderRequest.key)] : Self.keyless
        switch order.action {
        case .chat(let chat):
            return .post(
                url(server, model(chat.model) + ":streamGenerateContent?alt=sse"),
                .object(try generate(chat).body), headers, framing: .events)
        case .tokens(let chat):
            return .post(
                url(server, model(chat.model) + ":countTokens"),
                .object(try generate(chat).counted), headers)
        case .models: return .get(url(server, "models?pageSize=\(Self.modelsMax)"), headers)
        case .model(let id): return .get(url(server, model(id)), headers)
        case .running, .pull, .load, .unload:
            throw Failure(
                "Google runs its models itself: they are neither fetched nor loaded", .unsupported)
        }
    }

    private static let keyless: [ProviderRequest.Header] = []

    private func generate(_ chat: ChatOrder) throws -> GenerateRequest {
        guard chat.messages.contains(where: { $0.role != .system && !$0.parts.isEmpty }) else {
            throw Failure("there is nothing to answer: the chat has no message", .invalid)
        }
        return GenerateRequest(chat)
    }

    /// The version may be part of the base, as people write it.
    private func url(_ server: ProviderServer, _ path: String) -> String {
        let isWhole = server.base.hasSuffix("/v1beta") || server.base.hasSuffix("/v1")
        return isWhole ? "\(server.base)/\(path)" : "\(server.base)/v1beta/\(path)"
    }

    private func model(_ id: String) -> String {
        GeminiModel(id).path.split(separator: "/").map { Percent.encoded(String($0)) }
            .joined(separator: "/")
    }

    // MARK: Reading

    package func reader(
        of order: ProviderOrder, _ head: AnswerHead
    ) -> OrderReader<GenerateReader> {
        guard head.isSuccess else {
            return .refusal(RefusalReader(head, rules: GeminiFailures.rules))
        }
        let lists = ModelLists(Self.preset)
        switch order.action {
        case .chat(let chat): return .chat(GenerateReader(chat, head))
        case .tokens: return .value(ValueReader(lists.tokens))
        case .models: return .value(ValueReader(lists.models))
        case .model, .running, .pull, .load, .unload: return .value(ValueReader(lists.model))
        }
    }
}
