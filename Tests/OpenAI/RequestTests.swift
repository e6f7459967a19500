import ModuleChat
import ModuleJSON
import ModuleKit
import ModuleProviderKit
import OpenAILogic
import Testing

/// What is sent, compared with what the vendors document.
struct RequestTests {
    static let weather = ChatTool(name: "weather.get", about: "Weather.", schema: [:])

    static func request(
        _ chat: ChatOrder, _ preset: String, options: JSONObject = [:], hasKey: Bool = false
    ) throws -> ProviderRequest {
        let base = OpenAI().provider.presets.first { $0.id == preset }?.base ?? "http://x/v1"
        let server = ProviderServer(preset: preset, base: base, hasKey: hasKey, options: options)
        return try OpenAI().request(for: ProviderOrder(.chat(chat), at: server))
    }

    static func body(
        _ chat: ChatOrder, _ preset: String, options: JSONObject = [:]
    ) throws -> JSON {
        try JSON(parsing: try #require(try request(chat, preset, options: options).body))
    }

    @Test func `a question becomes a request`() throws {
        var chat = ChatOrder(
            model: "gpt-4o",
            messages: [ChatMessage(.system, "Be brief."), ChatMessage(.user, "Hi")])
        chat.tokensMax = 100
        chat.temperature = 0.5
        chat.seed = 7
        let request = try Self.request(chat, "openai", hasKey: true)
        #expect(request.method == "POST")
        #expect(request.url == "https://api.openai.com/v1/chat/completions")
        #expect(request.framing == .events)
        #expect(request.headers.map(\.name) == ["Authorization", "Content-Type"])
        #expect(request.headers.first?.value == "Bearer {{key}}")
        let body = try JSON(parsing: try #require(request.body))
        #expect(
            body == [
                "model": "gpt-4o",
                "messages": [
                    ["role": "system", "content": "Be brief."], ["role": "user", "content": "Hi"],
                ],
                "stream": true, "stream_options": ["include_usage": true],
                "max_completion_tokens": 100, "temperature": 0.5, "seed": 7,
            ])
    }

    @Test func `tools, calls, results and images are written as the dialect has them`() throws {
        let picture = ChatImage(mediaType: "image/png", base64: "iVBO")
        var chat = ChatOrder(
            model: "m",
            messages: [
                ChatMessage(.user, [.text("What is this?"), .image(picture)]),
                ChatMessage(
                    .assistant,
                    [
                        .toolCall(
                            ChatToolCall(
                                id: "c1", name: "weather.get", arguments: ["city": "Rome"])),
                        .toolCall(ChatToolCall(id: "c 2", name: "fs.read", arguments: [:])),
                    ]),
                ChatMessage(
                    .tool,
                    [
                        .toolResult(ChatToolResult(call: "c1", name: "weather.get", text: "Sun")),
                        .toolResult(
                            ChatToolResult(
                                call: "c 2", name: "fs.read", text: "gone", isError: true)),
                    ]),
            ])
        chat.tools = [Self.weather]
        chat.toolChoice = .required
        let body = try Self.body(chat, "compatible")
        let second = body["messages"]?[1]?["tool_calls"]?[1]?["id"]?.string
        #expect(second?.contains(" ") == false)
        #expect(
            body["messages"] == [
                [
                    "role": "user",
                    "content": [
                        ["type": "text", "text": "What is this?"],
                        [
                            "type": "image_url",
                            "image_url": ["url": "data:image/png;base64,iVBO"],
                        ],
                    ],
                ],
                [
                    "role": "assistant", "content": nil,
                    "tool_calls": [
                        [
                            "id": "c1", "type": "function",
                            "function": [
                                "name": "weather_get", "arguments": "{\"city\":\"Rome\"}",
                            ],
                        ],
                        [
                            "id": .string(second ?? ""), "type": "function",
                            "function": ["name": "fs_read", "arguments": "{}"],
                        ],
                    ],
                ],
                ["role": "tool", "tool_call_id": "c1", "content": "Sun"],
                ["role": "tool", "tool_call_id": .string(second ?? ""), "content": "error: gone"],
            ])
        #expect(
            body["tools"] == [
                [
                    "type": "function",
                    "function": [
                        "name": "weather_get", "description": "Weather.",
                        "parameters": ["type": "object", "properties": [:]],
                    ],
                ]
            ])
        #expect(body["tool_choice"] == "required")
    }

    @Test(
        arguments: [
            ("openai", "gpt-5-mini", ChatThinkingEffort.off, "reasoning_effort", "minimal"),
            ("openai", "gpt-5.2", .off, "reasoning_effort", "none"),
            ("openai", "o3", .high, "reasoning_effort", "high"),
            ("openai", "gpt-4o", .high, "reasoning_effort", nil),
            ("openai", "gpt-5-chat-latest", .high, "reasoning_effort", nil),
            ("deepseek", "deepseek-v4-pro", .off, "thinking", ["type": "disabled"]),
            ("deepseek", "deepseek-v4-pro", .low, "thinking", ["type": "enabled"]),
            ("deepseek", "deepseek-v4-pro", .medium, "reasoning_effort", "high"),
            (
                "llama-server", "m", .off, "chat_template_kwargs",
                ["enable_thinking": false]
            ),
            ("openrouter", "a/b", .off, "reasoning", ["effort": "none"]),
            ("groq", "qwen/qwen3-32b", .low, "reasoning_effort", "default"),
            ("mistral", "m", .high, "reasoning_effort", nil),
            ("xai", "grok-4", .high, "reasoning_effort", nil),
        ] as [(String, String, ChatThinkingEffort, String, JSON?)])
    func `each server is told how much to think in its own words`(
        preset: String, model: String, effort: ChatThinkingEffort, member: String, value: JSON?
    ) throws {
        var chat = ChatOrder(model: model, messages: [ChatMessage(.user, "Hi")])
        chat.thinking = effort
        #expect(try Self.body(chat, preset)[member] == value)
    }

    @Test func `quirks hold for the preset that has them`() throws {
        var chat = ChatOrder(model: "o3", messages: [ChatMessage(.user, "Hi")])
        chat.temperature = 0.2
        chat.seed = 1
        chat.tools = [Self.weather]
        chat.toolChoice = .required
        #expect(try Self.body(chat, "openai")["temperature"] == nil)
        let mistral = try Self.body(chat, "mistral")
        #expect(mistral["stream_options"] == nil)
        #expect(mistral["random_seed"] == 1)
        #expect(mistral["tool_choice"] == "any")
        #expect(try Self.body(chat, "llama-server")["parallel_tool_calls"] == true)
    }

    @Test func `a schema is held to, or told`() throws {
        var chat = ChatOrder(model: "m", messages: [ChatMessage(.user, "Hi")])
        chat.answerSchema = [
            "type": "object", "properties": ["a": ["type": "string"]], "required": ["a"],
            "additionalProperties": false,
        ]
        let strict = try Self.body(chat, "openai")["response_format"]?["json_schema"]
        #expect(strict?["strict"] == true)
        #expect(strict?["schema"] == chat.answerSchema.map { .object($0) })
        chat.answerSchema?["required"] = nil
        let loose = try Self.body(chat, "openai")["response_format"]?["json_schema"]
        #expect(loose?["strict"] == false)
        let told = try Self.body(chat, "deepseek")
        #expect(told["response_format"] == ["type": "json_object"])
        #expect(told["messages"]?[1]?["content"]?.string?.contains("JSON") == true)
    }

    @Test func `thoughts go back to the server that had them, with its calls`() throws {
        func chat(_ seal: ChatSeal?) -> ChatOrder {
            ChatOrder(
                model: "m",
                messages: [
                    ChatMessage(
                        .assistant,
                        [
                            .thinking(ChatThinking("Hm.", seal: seal)),
                            .toolCall(ChatToolCall(id: "c", name: "fs.read", arguments: [:])),
                        ])
                ])
        }
        let own = ChatSeal(maker: "openai", value: "deepseek")
        let foreign = ChatSeal(maker: "openai", value: "llama-server")
        let thoughts = { (chat: ChatOrder, preset: String) in
            try Self.body(chat, preset)["messages"]?[0]?["reasoning_content"]
        }
        #expect(try thoughts(chat(own), "deepseek") == "Hm.")
        // DeepSeek refuses a call without any, also one that another made.
        #expect(try thoughts(chat(foreign), "deepseek") == "")
        #expect(try thoughts(chat(foreign), "llama-server") == "Hm.")
        #expect(try thoughts(chat(own), "llama-server") == nil)
        #expect(try thoughts(chat(own), "openai") == nil)
    }

    @Test func `an option overrides a quirk`() throws {
        var chat = ChatOrder(model: "m", messages: [ChatMessage(.user, "Hi")])
        chat.tokensMax = 5
        chat.thinking = .low
        let options: JSONObject = [
            "max_tokens_field": "max_completion_tokens", "stream": false,
            "thinking": "reasoning_effort", "body": ["top_k": 1], "key_header": "api-key",
            "headers": ["X-Title": "kernel"],
        ]
        let request = try Self.request(chat, "compatible", options: options, hasKey: true)
        #expect(request.framing == .whole)
        #expect(request.headers.first == ProviderRequest.Header("api-key", "{{key}}"))
        #expect(request.headers.contains(ProviderRequest.Header("X-Title", "kernel")))
        let body = try JSON(parsing: try #require(request.body))
        #expect(body["max_completion_tokens"] == 5)
        #expect(body["reasoning_effort"] == "low")
        #expect(body["top_k"] == 1)
        #expect(body["stream"] == false)
        #expect(body["stream_options"] == nil)
    }

    @Test(
        arguments: [
            ["nonsense": 1], ["stream": "yes"], ["thinking": "hard"], ["headers": ["a": 1]],
        ] as [JSONObject])
    func `an option that makes no sense is refused with its name`(options: JSONObject) throws {
        let chat = ChatOrder(model: "m", messages: [])
        let failure = #expect(throws: Failure.self) {
            try Self.request(chat, "compatible", options: options)
        }
        #expect(failure?.message.contains("options.\(options.keys[0])") == true)
        let schema = try JSONSchema(.object(OpenAI().provider.optionsSchema))
        #expect(!schema.problems(in: .object(options)).isEmpty)
    }

    @Test func `orders other than chats go where the server has them`() throws {
        func url(_ action: ProviderOrder.Action, _ preset: String) throws -> String {
            let base = OpenAI().provider.presets.first { $0.id == preset }?.base ?? ""
            return try OpenAI().request(
                for: ProviderOrder(action, at: ProviderServer(preset: preset, base: base))
            ).url
        }
        let chat = ChatOrder(model: "m", messages: [])
        #expect(try url(.models, "groq") == "https://api.groq.com/openai/v1/models")
        #expect(try url(.model("m"), "openai") == "https://api.openai.com/v1/models")
        #expect(try url(.model("m"), "llama-server") == "http://127.0.0.1:8080/props")
        #expect(
            try url(.tokens(chat), "llama-server")
                == "http://127.0.0.1:8080/v1/chat/completions/input_tokens")
        for order in [.tokens(chat), .pull("m"), .load("m")] as [ProviderOrder.Action] {
            let failure = #expect(throws: Failure.self) { try url(order, "openai") }
            #expect(failure?.status == .unsupported)
        }
    }

    @Test func `what the module is survives its form at the boundary`() throws {
        let description = OpenAI().provider
        #expect(try ProviderDescription(description.json) == description)
        #expect(Set(description.presets.map(\.id)).count == description.presets.count)
        #expect(description.presets.allSatisfy { !$0.base.hasSuffix("/") })
    }
}
