import ModuleChat
import ModuleJSON
import Testing

struct ChatFormTests {
    private static let messages = [
        ChatMessage(.system, "Be brief."),
        ChatMessage(
            .user,
            [.text("See this."), .image(ChatImage(mediaType: "image/png", base64: "AAAA"))]),
        ChatMessage(
            .assistant,
            [
                .thinking(ChatThinking("hm", seal: ChatSeal(maker: "anthropic", value: "s=="))),
                .thinking(ChatThinking("open")), .text("I look."),
                .toolCall(
                    ChatToolCall(
                        id: "c1", name: "fs.read", arguments: ["path": "a"],
                        seal: ChatSeal(maker: "gemini", value: "t"))),
                .notice("cut short"),
            ]),
        ChatMessage(
            .tool,
            [
                .toolResult(ChatToolResult(call: "c1", name: "fs.read", text: "x")),
                .toolResult(
                    ChatToolResult(call: "c2", name: "fs.list", text: "no", isError: true)),
            ]),
    ]

    @Test(arguments: messages)
    func `a message comes back from its JSON as it was`(message: ChatMessage) throws {
        #expect(try ChatMessage(JSON(parsing: message.json.text)) == message)
    }

    @Test func `an order comes back from its JSON as it was`() throws {
        var order = ChatOrder(model: "m", messages: Self.messages)
        order.tools = [ChatTool(name: "fs.read", about: "Reads.", schema: ["type": "object"])]
        order.toolChoice = .required
        order.answerSchema = ["type": "object"]
        order.thinking = .low
        order.tokensMax = 10
        order.temperature = 0.5
        order.seed = 7
        order.windowTokens = 4_096
        #expect(try ChatOrder(JSON(parsing: order.json.text)) == order)
        let plain = ChatOrder(model: "m", messages: [])
        #expect(plain.json == ["model": "m", "messages": []])
        #expect(try ChatOrder(plain.json) == plain)
    }

    private static let broken: [(JSON, String)] = [
        ([], "message must be an object"),
        (["role": "robot"], "message.role is \"robot\", and must be one of \"system\""),
        (["role": "user", "parts": 1], "message.parts must be a list"),
        (["role": "user", "parts": [1]], "message.parts[0] must be an object"),
        (["role": "user", "parts": [["type": "text"]]], "message.parts[0].text must be a string"),
        (
            [
                "role": "user",
                "parts": [["type": "toolCall", "id": "1", "name": "x", "arguments": "{}"]],
            ], "message.parts[0].arguments must be an object"
        ),
        (
            ["role": "user", "parts": [["type": "thinking", "text": "", "seal": ["maker": 1]]]],
            "message.parts[0].seal.maker must be a string"
        ),
    ]

    @Test(arguments: broken)
    func `what is wrong is named with its place`(json: JSON, sentence: String) throws {
        let error = try #require(throws: ChatReadingError.self) { try ChatMessage(json) }
        #expect(error.description.hasPrefix(sentence))
    }

    @Test func `a model comes back from its JSON as it was`() throws {
        var model = ModelInfo(id: "m")
        #expect(try ModelInfo(model.json) == model)
        model.name = "The Model"
        model.windowTokens = 8_192
        model.answerTokensMax = 512
        model.takesImages = false
        model.takesTools = true
        model.thinks = true
        model.inputPrice = 0.25
        model.outputPrice = 1.5
        #expect(try ModelInfo(model.json) == model)
    }

    @Test(
        arguments: [
            ("-5", 0), ("1e300", 31_536_000), ("2.5", 2.5), ("null", nil),
        ] as [(String, Double?)])
    func `a failure names a time that can be waited for`(said: String, seconds: Double?) throws {
        let told = "{\"kind\":\"rateLimit\",\"message\":\"x\",\"retryAfterSeconds\":\(said)}"
        let event = try ProviderEvent(.init(kind: 8, value: Array(told.utf8)))
        let expected = ChatFailure(.rateLimit, "x", retryAfterSeconds: seconds)
        #expect(event == .chat(.failure(expected)))
        guard case .chat(.failure(let failure)) = event else { return }
        #expect(failure.retryAfterSeconds == seconds)
    }

    @Test func `a time that is no number is none`() {
        #expect(ChatFailure(.server, "", retryAfterSeconds: .nan).retryAfterSeconds == nil)
        var failure = ChatFailure(.server, "")
        failure.retryAfterSeconds = -.infinity
        #expect(failure.retryAfterSeconds == 0)
    }
}
