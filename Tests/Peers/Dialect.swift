import AnthropicLogic
import GeminiLogic
import KernelHTTP
import KernelModels
import KernelSystem
import ModuleChat
import OpenAILogic
import ProviderTesting
import Testing

/// A provider, and where llmock speaks its language.
struct Dialect: Sendable, CustomTestStringConvertible {
    let module: String
    let path: String
    let model: String

    static let all = [
        Dialect(module: "openai", path: "/v1", model: "gpt-4o-mini"),
        Dialect(module: "anthropic", path: "/anthropic", model: "claude-sonnet-4-6"),
        Dialect(module: "gemini", path: "/gemini", model: "gemini-2.5-pro"),
    ]

    var testDescription: String { module }

    private static let providers: LogicSource = {
        var providers = LogicSource()
        providers.add(OpenAI())
        providers.add(Anthropic())
        providers.add(Gemini())
        return providers
    }()

    /// `keys`: one more than none, so that the header is sent.
    func target(
        at server: LlmockServer, keys: [String] = ["k"],
        _ change: (inout ModelEndpoint) -> Void = { _ in }
    ) -> ModelTarget {
        var endpoint = ModelEndpoint(
            name: module, module: module, preset: module, base: server.address + path)
        endpoint.keys = keys
        change(&endpoint)
        return ModelTarget(ModelInfo(id: model), at: endpoint, dialect: module)
    }

    /// Whoever asks: what it learns of keys and servers stays.
    final class Asker: Sendable {
        private let client = HTTPClient()
        private let desk = EndpointDesk()
        private let alarms: Alarms
        private let pool = ThreadPool(name: "questions", threadsMax: 2)

        init() throws { alarms = try Alarms() }

        deinit {
            client.close()
            pool.close()
        }

        func ask(
            _ target: ModelTarget, _ messages: [ChatMessage],
            _ change: (inout ModelQuestion) -> Void = { _ in }
        ) throws -> (heard: Witness.Heard, end: AnsweringEnd) {
            var question = ModelQuestion(messages, to: [target])
            question.policy.firstDelaySeconds = 0.1
            change(&question)
            let tools = AnsweringTools(
                providers: Dialect.providers, local: NoLocalModels(), desk: desk, client: client,
                alarms: alarms, pool: pool)
            let witness = Witness()
            Answering(question, tools, witness).begin()
            return try witness.waitForEnd()
        }
    }
}
