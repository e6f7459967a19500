import ModuleChat
import ModuleJSON
import ProviderTesting
import Testing

/// Each generation of models wants to be asked in its own way.
struct ModelTests {
    struct Row: Sendable, CustomTestStringConvertible {
        var model: String
        var effort: ChatThinkingEffort?
        var thinking: JSON?
        var level: String?
        var tokens: Int64

        var testDescription: String { "\(model) \(effort?.rawValue ?? "-")" }
    }

    private static let shown: JSON = ["type": "adaptive", "display": "summarized"]
    private static let bound: JSON = [
        "type": "adaptive", "display": "summarized",
        "block_binding": ["prefix_mismatch_behavior": "drop_block"],
    ]

    private static func budget(_ tokens: Int64) -> JSON {
        ["type": "enabled", "budget_tokens": .integer(tokens)]
    }

    static let rows = [
        Row(model: "claude-3-haiku-20240307", effort: .high, tokens: 4096),
        Row(model: "claude-3-5-sonnet-20241022", effort: .high, tokens: 8192),
        Row(
            model: "claude-3-7-sonnet-latest", effort: .low, thinking: budget(4096),
            tokens: 20_096),
        Row(model: "claude-opus-4-20250514", effort: nil, tokens: 16_000),
        Row(
            model: "claude-haiku-4-5-20251001", effort: .high, thinking: budget(24_576),
            tokens: 40_576),
        Row(model: "claude-opus-4-6", effort: nil, tokens: 32_000),
        Row(model: "claude-opus-4-6", effort: .off, tokens: 32_000),
        Row(
            model: "claude-opus-4-8", effort: .medium, thinking: shown, level: "medium",
            tokens: 32_000),
        Row(model: "claude-sonnet-5", effort: nil, thinking: shown, tokens: 32_000),
        Row(model: "claude-sonnet-5", effort: .off, thinking: ["type": "disabled"], tokens: 32_000),
        Row(model: "claude-fable-5", effort: .off, thinking: shown, level: "low", tokens: 32_000),
        Row(model: "claude-opus-5-5", effort: nil, thinking: bound, tokens: 32_000),
        Row(model: "claude-opus-5-5", effort: .off, thinking: bound, level: "low", tokens: 32_000),
        Row(
            model: "anthropic/claude-sonnet-5.5", effort: .high, thinking: bound, level: "high",
            tokens: 32_000),
        Row(
            model: "claude-haiku-5-5", effort: .off, thinking: ["type": "disabled"],
            tokens: 32_000),
        Row(model: "claude-opus-7", effort: .off, thinking: bound, level: "low", tokens: 32_000),
        Row(model: "claude-next", effort: nil, thinking: bound, tokens: 32_000),
        Row(model: "qwen3", effort: .low, thinking: budget(4096), tokens: 12_288),
    ]

    @Test(arguments: rows)
    func `thinking is asked for as the model takes it`(row: Row) throws {
        let body = try Samples.body(Samples.order(row.model) { $0.thinking = row.effort })
        #expect(body["thinking"] == row.thinking)
        #expect(body["output_config"]?["effort"]?.string == row.level)
        #expect(body["max_tokens"]?.integer == row.tokens)
    }

    @Test func `thinking leaves half of a small answer to be said, or is left out`() throws {
        func budget(_ tokensMax: Int) throws -> Int64? {
            try Samples.body(
                Samples.order {
                    $0.thinking = .high
                    $0.tokensMax = tokensMax
                })["thinking"]?["budget_tokens"]?.integer
        }
        #expect(try budget(8000) == 4000)
        #expect(try budget(2000) == nil)
    }

    @Test func `a round that another provider began is ended without thinking`() throws {
        func isThinking(_ model: String, _ first: [ChatPart]) throws -> Bool {
            let chat = [
                ChatMessage(.user, "u"), ChatMessage(.assistant, first + [Samples.call("1")]),
                ChatMessage(.tool, [Samples.result("1")]),
            ]
            let body = try Samples.body(Samples.order(model, chat) { $0.thinking = .low })
            return body["thinking"] != nil
        }
        let own = ChatPart.thinking(ChatThinking("t", seal: Samples.seal("s")))
        #expect(try isThinking("claude-sonnet-4-5", [own]))
        #expect(try !isThinking("claude-sonnet-4-5", []))
        #expect(try isThinking("claude-opus-4-8", []))
    }

    @Test(arguments: [
        ("claude-3-5-haiku", 0.7), ("claude-opus-4-6", 0.7), ("claude-opus-4-7", nil),
        ("claude-haiku-5-5", nil), ("other", 0.7),
    ])
    func `newer models are not told a temperature`(model: String, temperature: Double?) throws {
        let body = try Samples.body(Samples.order(model) { $0.temperature = 0.7 })
        #expect(body["temperature"]?.number == temperature)
    }

    @Test func `a temperature and thinking exclude each other`() throws {
        let body = try Samples.body(
            Samples.order {
                $0.temperature = 0.7
                $0.thinking = .low
            })
        #expect(body["temperature"] == nil && body["thinking"] != nil)
    }

    // MARK: Calls that must be made

    @Test func `a call that must be made is forced where the model allows it`() throws {
        func body(_ model: String) throws -> JSON {
            try Samples.body(
                Samples.order(model) {
                    $0.tools = [Samples.read]
                    $0.toolChoice = .required
                    $0.thinking = .high
                })
        }
        let old = try body("claude-sonnet-4-5")
        #expect(old["tool_choice"] == ["type": "any"] && old["thinking"] == nil)
        let middle = try body("claude-opus-5")
        #expect(middle["tool_choice"] == ["type": "any"])
        #expect(middle["thinking"] == ["type": "disabled"])
        let new = try body("claude-opus-5-5")
        #expect(new["tool_choice"] == nil && new["thinking"] == Self.bound)
        #expect(new["system"]?[0]?["text"]?.string?.contains("Call at least one") == true)
    }

    @Test func `no call may be made although tools are known`() throws {
        let body = try Samples.body(
            Samples.order {
                $0.tools = [Samples.read]
                $0.toolChoice = .none
            })
        #expect(body["tool_choice"] == ["type": "none"])
    }

    // MARK: Answers by a schema

    private static let schema: JSONObject = [
        "type": "object",
        "properties": [
            "count": ["type": "integer", "minimum": 1],
            "places": ["type": "array", "maxItems": 3, "items": ["type": "object"]],
            "kind": ["oneOf": [["const": "a"], ["type": "null"]]],
        ],
        "required": ["count"],
    ]

    @Test func `a schema goes where the API has a place for it`() throws {
        let body = try Samples.body(
            Samples.order("claude-sonnet-5") {
                $0.answerSchema = Self.schema
                $0.thinking = .low
            })
        #expect(
            body["output_config"] == [
                "effort": "low",
                "format": [
                    "type": "json_schema",
                    "schema": [
                        "type": "object",
                        "properties": [
                            "count": ["type": "integer"],
                            "places": [
                                "type": "array",
                                "items": ["type": "object", "additionalProperties": false],
                            ],
                            "kind": ["anyOf": [["const": "a"], ["type": "null"]]],
                        ],
                        "required": ["count"], "additionalProperties": false,
                    ],
                ],
            ])
        #expect(body["tools"] == nil)
    }

    @Test func `elsewhere a tool takes the answer`() throws {
        func body(_ tools: [ChatTool]) throws -> JSON {
            try Samples.body(
                Samples.order("claude-3-5-haiku-20241022") {
                    $0.answerSchema = Self.schema
                    $0.tools = tools
                })
        }
        let alone = try body([])
        #expect(alone["tool_choice"] == ["type": "tool", "name": "answer"])
        #expect(alone["tools"]?[0]?["input_schema"] == .object(Self.schema))
        var answer = Samples.read
        answer.name = "answer"
        let beside = try body([answer])
        #expect(beside["tool_choice"] == ["type": "any"])
        #expect(beside["tools"]?[1]?["name"] == "answer_")
    }
}
