import ModuleChat
import ModuleJSON
import ModuleKit
import ModuleProviderKit
import ProviderSupport

/// How one server differs from the others that speak this dialect.
struct Quirks: Sendable {
    /// The member that limits the tokens of the answer.
    var tokensMaxField = "max_tokens"
    var systemRole = "system"
    /// The answer comes in pieces.
    var streams = true
    /// Usage comes only if it is asked for, and may be asked for.
    var asksForUsage = true
    var answerFormat = AnswerFormat.schema
    var seedField = "seed"
    /// What the server calls a choice that demands a call.
    var requiredChoice = "required"
    var asksForParallelCalls = false
    var thinking = ThinkingStyle.none
    /// Which words each model has for how much it thinks; the first row that fits counts.
    var efforts: [Effort] = []
    /// A turn that calls tools wants the thoughts back that led to the calls.
    var returnsThinking = false
    var callIDs = CallIDs(lengthMax: 40)
    /// Models that refuse any other temperature than their own.
    var fixedTemperature: [String] = []
    /// Of the models that the server lists, those that do not chat.
    var hiddenModels: [String] = []
    /// Knows `/props` and counts tokens.
    var isLlamaServer = false
    var keyHeader = "Authorization"
    /// Beyond those of the dialect.
    var headers: [ProviderRequest.Header] = []
    /// Members that every chat is sent with.
    var body: JSONObject = [:]

    enum AnswerFormat: String, CaseIterable, Sendable {
        case schema = "json_schema"
        /// JSON can be demanded, but its schema is only told.
        case object = "json_object"
        /// The schema is only told.
        case none
    }

    enum ThinkingStyle: String, CaseIterable, Sendable {
        case none
        /// `"reasoning_effort": "low"`
        case effort = "reasoning_effort"
        /// DeepSeek: `"thinking": {"type": "enabled"}`, and an effort
        case toggle = "thinking"
        /// OpenRouter: `"reasoning": {"effort": "low"}`
        case reasoning
        /// llama-server and vLLM: `"chat_template_kwargs": {"enable_thinking": true}`
        case template = "chat_template_kwargs"
    }

    struct Effort: Sendable {
        /// With `*` at the beginning or the end for anything.
        let models: [String]
        let off: String?
        let low: String
        let medium: String
        let high: String

        init(
            _ models: [String], off: String? = nil, low: String = "low", medium: String = "medium",
            high: String = "high"
        ) {
            self.models = models
            self.off = off
            self.low = low
            self.medium = medium
            self.high = high
        }

        func word(_ effort: ChatThinkingEffort) -> String {
            switch effort {
            case .off: off ?? low
            case .low: low
            case .medium: medium
            case .high: high
            }
        }
    }

    /// Those of the preset, and over them what the user says.
    init(of server: ProviderServer) throws {
        self = Preset.named(server.preset)?.quirks ?? Quirks()
        try apply(server.options)
    }

    init() {}

    init(_ change: (inout Quirks) -> Void) {
        change(&self)
    }

    /// Whether one of the patterns is the model's name, or what stands between its `*` a part of
    /// it.
    static func fits(_ patterns: [String], _ model: String) -> Bool {
        patterns.contains { pattern in
            let core = pattern.drop { $0 == "*" }
            let isOpenBefore = core.count < pattern.count
            switch (isOpenBefore, core.hasSuffix("*")) {
            case (true, true): return model.contains(core.dropLast())
            case (true, false): return model.hasSuffix(core)
            case (false, true): return model.hasPrefix(core.dropLast())
            case (false, false): return model == pattern
            }
        }
    }

    func effort(of model: String) -> Effort? {
        efforts.first { Self.fits($0.models, model) }
    }

    func requestHeaders(hasKey: Bool) -> [ProviderRequest.Header] {
        guard hasKey else { return headers }
        let isStandard = keyHeader.lowercased() == "authorization"
        let key = isStandard ? "Bearer \(ProviderRequest.key)" : ProviderRequest.key
        return [ProviderRequest.Header(keyHeader, key)] + headers
    }
}
