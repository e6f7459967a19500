import ModuleChat
import ModuleJSON
import ModuleKit
import ModuleProviderKit
import OllamaLogic
import Testing

/// What is sent, compared with what Ollama documents.
struct RequestTests {
    static func request(
        _ action: ProviderOrder.Action, options: JSONObject = [:]
    ) throws -> ProviderRequest {
        let server = ProviderServer(
            preset: "ollama", base: "http://127.0.0.1:11434", options: options)
        return try Ollama().request(for: ProviderOrder(action, at: server))
    }

    static func body(_ action: ProviderOrder.Action, options: JSONObject = [:]) throws -> JSON {
        try JSON(parsing: try #require(try request(action, options: options).body))
    }

    @Test func `a chat is written as Ollama has it`() throws {
        var chat = ChatOrder(
            model: "llama3.2",
            messages: [
                ChatMessage(.system, "Be brief."),
                ChatMessage(
                    .user,
                    [
                        .text("What is this?"),
                        .image(ChatImage(mediaType: "image/png", base64: "iVBO")),
                    ]),
                ChatMessage(
                    .assistant,
                    [
                        .thinking(
                            ChatThinking(
                                "Hm.", seal: ChatSeal(maker: "ollama", value: "thinking"))),
                        .toolCall(
                            ChatToolCall(
                                id: "c1", name: "weather.get", arguments: ["city": "Rome"])),
                    ]),
                ChatMessage(
                    .tool,
                    [.toolResult(ChatToolResult(call: "c1", name: "weather.get", text: "Sun"))]),
            ])
        chat.tools = [ChatTool(name: "weather.get", about: "Weather.", schema: ["type": "object"])]
        chat.answerSchema = ["type": "object"]
        chat.tokensMax = 9
        chat.temperature = 0
        chat.seed = 3
        chat.thinking = .low
        chat.windowTokens = 16_384
        let request = try Self.request(.chat(chat), options: ["keep_alive": "10m"])
        #expect(request.url == "http://127.0.0.1:11434/api/chat")
        #expect(request.framing == .lines)
        let golden: JSON = [
            "model": "llama3.2",
            "messages": [
                ["role": "system", "content": "Be brief."],
                ["role": "user", "content": "What is this?", "images": ["iVBO"]],
                [
                    "role": "assistant", "content": "", "thinking": "Hm.",
                    "tool_calls": [
                        [
                            "id": "c1",
                            "function": ["name": "weather_get", "arguments": ["city": "Rome"]],
                        ]
                    ],
                ],
                [
                    "role": "tool", "tool_name": "weather_get", "tool_call_id": "c1",
                    "content": "Sun",
                ],
            ],
            "tools": [
                [
                    "type": "function",
                    "function": [
                        "name": "weather_get", "description": "Weather.",
                        "parameters": ["type": "object"],
                    ],
                ]
            ],
            "stream": true, "format": ["type": "object"], "think": true, "keep_alive": "10m",
            "truncate": false, "shift": false,
            "options": ["num_ctx": 8192, "temperature": 0.0, "seed": 3, "num_predict": 9],
        ]
        #expect(try JSON(parsing: try #require(request.body)).pretty() == golden.pretty())
    }

    @Test func `the window is always told`() throws {
        let chat = ChatOrder(model: "m", messages: [ChatMessage(.user, "Hi")])
        #expect(try Self.body(.chat(chat))["options"]?["num_ctx"] == 8_192)
        let body = try Self.body(
            .chat(chat), options: ["window_tokens": 4_096, "model": ["num_gpu": 0]])
        #expect(body["options"] == ["num_gpu": 0, "num_ctx": 4_096])
        #expect(try Self.body(.load("m"))["options"]?["num_ctx"] == 8_192)
    }

    @Test(arguments: [(131_072, nil, 8_192), (4_096, nil, 4_096), (131_072, 65_536, 65_536)])
    func `a model gets what the user wants, and not all that it could take`(
        known: Int, wanted: Int64?, window: Int64
    ) throws {
        var chat = ChatOrder(model: "m", messages: [ChatMessage(.user, "Hi")])
        chat.windowTokens = known
        let options: JSONObject = wanted.map { ["window_tokens": .integer($0)] } ?? [:]
        let body = try Self.body(.chat(chat), options: options)
        #expect(body["options"]?["num_ctx"] == .integer(window))
    }

    @Test(arguments: [
        ("gpt-oss:20b", ChatThinkingEffort.off, "low" as JSON),
        ("hf.co/openai/gpt-oss", .high, "high"), ("qwen3", .off, false), ("qwen3", .low, true),
    ])
    func `a model is told to think in its own words`(
        model: String, effort: ChatThinkingEffort, value: JSON
    ) throws {
        var chat = ChatOrder(model: model, messages: [])
        chat.thinking = effort
        #expect(try Self.body(.chat(chat))["think"] == value)
    }

    @Test func `tools that must not be called are not told`() throws {
        var chat = ChatOrder(model: "m", messages: [])
        chat.tools = [ChatTool(name: "a", about: "", schema: [:])]
        chat.toolChoice = .none
        #expect(try Self.body(.chat(chat))["tools"] == nil)
    }

    @Test func `models are listed, shown, pulled, loaded and unloaded`() throws {
        #expect(try Self.request(.models).url == "http://127.0.0.1:11434/api/tags")
        #expect(try Self.request(.model("m")).url == "http://127.0.0.1:11434/api/show")
        #expect(try Self.body(.model("m")) == ["model": "m"])
        #expect(try Self.request(.pull("m")).framing == .lines)
        #expect(try Self.body(.load("m"))["keep_alive"] == -1)
        #expect(
            try Self.body(.unload("m"))
                == ["model": "m", "messages": [], "stream": false, "keep_alive": 0])
        let failure = #expect(throws: Failure.self) {
            try Self.request(.tokens(ChatOrder(model: "m", messages: [])))
        }
        #expect(failure?.status == .unsupported)
    }

    @Test(
        arguments: [
            ["nonsense": 1], ["keep_alive": true], ["window_tokens": 0], ["model": []],
        ] as [JSONObject])
    func `an option that makes no sense is refused with its name`(options: JSONObject) throws {
        let failure = #expect(throws: Failure.self) {
            try Self.request(.models, options: options)
        }
        #expect(failure?.message.contains("options.\(options.keys[0])") == true)
        let schema = try JSONSchema(.object(Ollama().provider.optionsSchema))
        #expect(!schema.problems(in: .object(options)).isEmpty)
    }

    @Test func `what the module is survives its form at the boundary`() throws {
        let description = Ollama().provider
        #expect(try ProviderDescription(description.json) == description)
    }
}
