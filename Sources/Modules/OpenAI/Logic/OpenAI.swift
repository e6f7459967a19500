package import ModuleChat
import ModuleJSON
package import ModuleKit
import ModuleProviderKit
package import ProviderSupport

/// The module `openai`: the language of OpenAI's chat completions, which most servers speak, each
/// with its own quirks. Those are data: a row in the table of presets, and the user's options.
package struct OpenAI: ModelProvider {
    package static let manifest = Manifest(
        id: "openai", version: "1.0.0",
        about: "Talks to models of OpenAI, DeepSeek, llama-server and every other server that "
            + "speaks as OpenAI's does.")
    package static let tasks: [TaskOf<OpenAI>] = []

    /// The seals of this dialect are bound to the preset that made them.
    package static let dialect = "openai"

    package init(_ host: Host) {}

    package init() {}

    package var provider: ProviderDescription {
        ProviderDescription(
            name: "OpenAI and compatible", dialect: Self.dialect,
            presets: Preset.all.map(\.description), orders: [.chat, .tokens, .models, .model],
            optionsSchema: Quirks.optionsSchema)
    }

    package func request(for order: ProviderOrder) throws -> ProviderRequest {
        let quirks = try Quirks(of: order.server)
        let base = order.server.base
        let headers = quirks.requestHeaders(hasKey: order.server.hasKey)
        switch order.action {
        case .chat(let chat):
            return .post(
                base + "/chat/completions", ChatBody(chat, quirks, order.server.preset).json,
                headers, framing: quirks.streams ? .events : .whole)
        case .tokens(let chat):
            guard quirks.isLlamaServer else {
                throw Failure("this server cannot count the tokens of a chat", .unsupported)
            }
            let body = ChatBody(chat, quirks, order.server.preset).json
            return .post(base + "/chat/completions/input_tokens", body, headers)
        case .models:
            return .get(base + "/models", headers)
        case .model:
            guard quirks.isLlamaServer else { return .get(base + "/models", headers) }
            let root = base.hasSuffix("/v1") ? String(base.dropLast(3)) : base
            return .get(root + "/props", headers)
        case .running, .pull, .load, .unload:
            throw Failure("this server cannot \(order.kind.rawValue) models", .unsupported)
        }
    }

    package func reader(of order: ProviderOrder, _ head: AnswerHead) -> OrderReader<ChatStream> {
        guard head.isSuccess, let quirks = try? Quirks(of: order.server) else {
            return .refusal(RefusalReader(head, rules: Self.failureRules))
        }
        switch order.action {
        case .chat(let chat):
            return .chat(ChatStream(chat, quirks, preset: order.server.preset, head))
        case .tokens: return .value(ValueReader(Self.tokens))
        case .models: return .value(ValueReader(ModelList(quirks).decode))
        case .model(let id):
            let list = ModelList(quirks)
            return .value(
                ValueReader { json throws(ChatFailure) in
                    quirks.isLlamaServer
                        ? list.properties(of: id, json) : try list.one(id, in: json)
                })
        case .running, .pull, .load, .unload:
            return .refusal(RefusalReader(head, rules: Self.failureRules))
        }
    }

    private static func tokens(_ json: JSON) throws(ChatFailure) -> JSON {
        guard let count = json["input_tokens"]?.integer else {
            throw ChatFailure(.malformed, "the server did not say how many tokens the chat takes")
        }
        return .integer(count)
    }
}
