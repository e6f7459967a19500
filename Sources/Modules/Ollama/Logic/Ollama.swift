package import ModuleChat
import ModuleJSON
package import ModuleKit
package import ModuleProviderKit
package import ProviderSupport

/// The module `ollama`: Ollama's own API, which unlike its copy of OpenAI's lets the window be
/// told, so that a chat is never cut silently.
package struct Ollama: ModelProvider {
    package static let manifest = Manifest(
        id: "ollama", version: "1.0.0",
        about: "Talks to models of Ollama: lists, loads and pulls them too.")
    package static let tasks: [TaskOf<Ollama>] = []
    package static let dialect = "ollama"

    package init(_ host: Host) {}

    package init() {}

    package var provider: ProviderDescription {
        ProviderDescription(
            name: "Ollama", dialect: Self.dialect,
            presets: [
                ProviderPreset(
                    id: "ollama", name: "Ollama", base: "http://127.0.0.1:11434",
                    keyIsOptional: true),
                ProviderPreset(
                    id: "ollama-cloud", name: "Ollama Cloud", base: "https://ollama.com",
                    keyVariables: ["OLLAMA_API_KEY"]),
            ],
            orders: [.chat, .models, .running, .model, .pull, .load, .unload],
            optionsSchema: OllamaOptions.schema)
    }

    package func request(for order: ProviderOrder) throws -> ProviderRequest {
        let options = try OllamaOptions(order.server.options)
        let base = order.server.base
        let headers =
            order.server.hasKey
            ? [ProviderRequest.Header("Authorization", "Bearer \(ProviderRequest.key)")] : []
        switch order.action {
        case .chat(let chat):
            return .post(
                base + "/api/chat", OllamaBody(chat, options).json, headers, framing: .lines)
        case .tokens:
            throw Failure("Ollama cannot count the tokens of a chat", .unsupported)
        case .models: return .get(base + "/api/tags", headers)
        case .running: return .get(base + "/api/ps", headers)
        case .model(let id):
            return .post(base + "/api/show", ["model": .string(id)], headers)
        case .pull(let id):
            let body: JSON = ["model": .string(id), "stream": true]
            return .post(base + "/api/pull", body, headers, framing: .lines)
        case .load(let id):
            return .post(base + "/api/chat", OllamaBody.loading(id, options), headers)
        case .unload(let id):
            let body: JSON = [
                "model": .string(id), "messages": [], "stream": false, "keep_alive": 0,
            ]
            return .post(base + "/api/chat", body, headers)
        }
    }

    package func reader(of order: ProviderOrder, _ head: AnswerHead) -> OllamaReader {
        guard head.isSuccess else {
            return .refusal(RefusalReader(head, rules: Self.failureRules))
        }
        switch order.action {
        case .chat(let chat), .tokens(let chat): return .chat(OllamaStream(chat, head))
        case .models: return .value(ValueReader(OllamaModels.list))
        case .running: return .value(ValueReader(OllamaModels.running))
        case .model(let id):
            // Options that are wrong were refused with the order.
            let options = (try? OllamaOptions(order.server.options)) ?? OllamaOptions()
            return .value(
                ValueReader { json throws(ChatFailure) in
                    try OllamaModels.model(id, shown: Self.checked(json, head), options)
                })
        case .pull: return .pull(PullStream(head))
        case .load, .unload:
            return .value(
                ValueReader { json throws(ChatFailure) in
                    _ = try Self.checked(json, head)
                    return .null
                })
        }
    }

    /// An error may come in an answer whose status says success.
    static func checked(_ json: JSON, _ head: AnswerHead) throws(ChatFailure) -> JSON {
        guard json.object != nil else {
            throw ChatFailure(.malformed, "the server sent \(json.text.prefix(40)) as a piece")
        }
        guard let error = json["error"], !error.isNull else { return json }
        throw ServerComplaint(inStream: json, head).failure(failureRules)
    }

    static let failureRules: [FailureRule] = [
        FailureRule(
            says: ["does not support tools"], .badRequest,
            advice: "this model calls no tools: choose another, or chat without them"),
        FailureRule(
            says: ["does not support thinking"], .badRequest,
            advice: "leave its thinking unset"),
        FailureRule(
            says: ["does not support", "not support image", "missing data required for image"],
            .badRequest),
        FailureRule(
            says: ["requires more system memory", "out of memory", "unable to allocate"], .server,
            advice: "free memory, take a smaller window, or choose a smaller model"),
        FailureRule(
            says: ["no such host", "connection refused", "i/o timeout", "dial tcp"], .network,
            advice: "Ollama itself could not reach its registry"),
        FailureRule(
            says: ["file does not exist"], .modelNotFound, advice: "look its name up"),
        FailureRule(
            says: ["' not found", "\" not found", "try pulling it first"], .modelNotFound,
            advice: "pull it first"),
        FailureRule(
            says: ["server busy", "maximum pending requests"], .overloaded),
    ]
}

package enum OllamaReader: AnswerReader {
    case chat(OllamaStream)
    case pull(PullStream)
    case value(ValueReader)
    case refusal(RefusalReader)

    package mutating func read(_ piece: [UInt8], _ emit: Emit) {
        switch self {
        case .chat(var reader):
            reader.read(piece, emit)
            self = .chat(reader)
        case .pull(var reader):
            reader.read(piece, emit)
            self = .pull(reader)
        case .value(var reader):
            reader.read(piece, emit)
            self = .value(reader)
        case .refusal(var reader):
            reader.read(piece, emit)
            self = .refusal(reader)
        }
    }

    package mutating func close(isWhole: Bool, _ emit: Emit) {
        switch self {
        case .chat(var reader): reader.close(isWhole: isWhole, emit)
        case .pull(var reader): reader.close(isWhole: isWhole, emit)
        case .value(var reader): reader.close(isWhole: isWhole, emit)
        case .refusal(var reader): reader.close(isWhole: isWhole, emit)
        }
    }
}
