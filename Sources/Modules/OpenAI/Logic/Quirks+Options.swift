import ModuleChat
import ModuleJSON
import ModuleKit
import ModuleProviderKit
import ProviderSupport

extension Quirks {
    /// What the user may say in `options`. The host has checked it by `optionsSchema`; what it did
    /// not is refused with its name.
    mutating func apply(_ options: JSONObject) throws {
        for (name, value) in options {
            guard let option = Self.options.first(where: { $0.name == name }) else {
                throw Failure("options.\(name) is not known", .invalid)
            }
            guard option.apply(&self, value) else {
                throw Failure("options.\(name) cannot be \(value.text)", .invalid)
            }
        }
    }

    static var optionsSchema: JSONObject {
        var properties: JSONObject = [:]
        for option in options {
            var schema = option.schema
            schema["description"] = .string(option.about)
            properties[option.name] = .object(schema)
        }
        return [
            "type": "object", "properties": .object(properties), "additionalProperties": false,
        ]
    }

    /// One option: what it is, and what it changes. `apply` says whether the value makes sense.
    struct Option: Sendable {
        let name: String
        let about: String
        let schema: JSONObject
        let apply: @Sendable (inout Quirks, JSON) -> Bool
    }

    static let options: [Option] = [
        text(
            "max_tokens_field", "The member that limits the tokens of an answer.",
            ["max_tokens", "max_completion_tokens"]
        ) { $0.tokensMaxField = $1 },
        text("system_role", "Who says the system prompt.", ["system", "developer", "user"]) {
            $0.systemRole = $1
        },
        flag("stream", "Whether the server can answer in pieces.") { $0.streams = $1 },
        flag("stream_options", "Whether usage may be asked for in a stream.") {
            $0.asksForUsage = $1
        },
        choice("answer_format", "How JSON of a schema is demanded.") {
            (quirks: inout Quirks, format: AnswerFormat) in quirks.answerFormat = format
        },
        text("seed_field", "The member that holds the seed.", ["seed", "random_seed"]) {
            $0.seedField = $1
        },
        text("required_choice", "The word that demands a call.", ["required", "any"]) {
            $0.requiredChoice = $1
        },
        choice("thinking", "How the model is told how much to think.") {
            (quirks: inout Quirks, style: ThinkingStyle) in
            quirks.thinking = style
            // Whoever says so knows that the models understand it.
            if quirks.efforts.isEmpty { quirks.efforts = [Effort(["*"], off: "none")] }
        },
        flag("return_thinking", "Whether thoughts go back with the calls that they led to.") {
            $0.returnsThinking = $1
        },
        flag("parallel_tool_calls", "Whether several calls at once must be asked for.") {
            $0.asksForParallelCalls = $1
        },
        flag("temperature", "Whether a temperature may be sent.") {
            $0.fixedTemperature = $1 ? [] : ["*"]
        },
        flag("llama_server", "Whether the server is llama-server, with /props and token counts.") {
            $0.isLlamaServer = $1
        },
        Option(
            name: "key_header", about: "The header that the key goes into.",
            schema: ["type": "string", "minLength": 1]
        ) { quirks, value in
            quirks.keyHeader = value.string ?? ""
            return !quirks.keyHeader.isEmpty
        },
        Option(
            name: "headers", about: "More headers, by their names.",
            schema: ["type": "object", "additionalProperties": ["type": "string"]]
        ) { quirks, value in
            let pairs = (value.object?.pairs ?? []).map { ($0.key, $0.value.string) }
            quirks.headers = pairs.map { ProviderRequest.Header($0.0, $0.1 ?? "") }
            return value.object != nil && pairs.allSatisfy { $0.1 != nil }
        },
        Option(
            name: "body", about: "More members, which every chat is sent with.",
            schema: ["type": "object"]
        ) { quirks, value in
            quirks.body = value.object ?? [:]
            return value.object != nil
        },
    ]

    private static func flag(
        _ name: String, _ about: String, _ set: @escaping @Sendable (inout Quirks, Bool) -> Void
    ) -> Option {
        Option(name: name, about: about, schema: ["type": "boolean"]) { quirks, value in
            guard let flag = value.bool else { return false }
            set(&quirks, flag)
            return true
        }
    }

    private static func text(
        _ name: String, _ about: String, _ words: [String],
        _ set: @escaping @Sendable (inout Quirks, String) -> Void
    ) -> Option {
        let schema: JSONObject = ["type": "string", "enum": .array(words.map { .string($0) })]
        return Option(name: name, about: about, schema: schema) { quirks, value in
            guard let text = value.string, words.contains(text) else { return false }
            set(&quirks, text)
            return true
        }
    }

    private static func choice<Choice: RawRepresentable<String> & CaseIterable & Sendable>(
        _ name: String, _ about: String,
        _ set: @escaping @Sendable (inout Quirks, Choice) -> Void
    ) -> Option {
        text(name, about, Choice.allCases.map(\.rawValue)) { quirks, text in
            if let choice = Choice(rawValue: text) { set(&quirks, choice) }
        }
    }
}
