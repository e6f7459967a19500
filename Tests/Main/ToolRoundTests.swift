import KernelSystem
import KernelTesting
import ModuleJSON
import Testing

/// Tools that come in over the socket, with a real llama-server behind the kernel.
@Suite(.timeLimit(.minutes(4)), .enabled(if: Peers.hasLlama, Peers.whyNot))
struct ToolRoundTests {
    private let home: KernelHome

    init() throws {
        home = try KernelHome()
        let file = home.folder.file("tiny.gguf")
        try Shell.run("/usr/bin/python3 '\(ScriptServer.path("tiny_model.py"))' '\(file)'")
        let program: String = try #require(Peers.llamaServer, Peers.whyNot)
        let small: String = try #require(Peers.model, Peers.whyNot)
        try home.configure(
            """
            [chat]
            model = "tiny"
            [local]
            server = "\(program)"
            adopt = false
            [models.tiny]
            file = "\(file)"
            context_tokens = 4096
            arguments = ["-np", "1", "-t", "2"]
            [models.small]
            file = "\(small)"
            context_tokens = 2048
            arguments = ["-np", "1", "-t", "2"]
            """)
    }

    private static let weather: JSON = [
        "name": "weather.get", "about": "The weather of a city.",
        "schema": [
            "type": "object",
            "properties": ["city": ["type": "string"], "days": ["type": "integer"]],
            "required": ["city", "days"],
        ],
    ]
    private static let question: JSON = [
        "role": "user", "parts": [["type": "text", "text": "How is the weather?"]],
    ]
    private static let result: JSON = [
        "role": "tool",
        "parts": [
            ["type": "toolResult", "call": "$0.call", "name": "weather.get", "text": "Sunny."]
        ],
    ]

    @Test func `a whole round of a tool goes over the socket`() throws {
        let replies = try home.replies([
            ["messages": [Self.question], "tools": [Self.weather]],
            ["messages": [Self.question, "$0", Self.result], "tools": [Self.weather]],
        ])
        #expect(replies.count == 2 && replies[0]["finish"] == "toolCalls", "\(replies)")
        let call = replies[0]["message"]?["parts"]?[0]
        #expect(call?["type"] == "toolCall" && call?["name"] == "weather.get")
        #expect(call?["arguments"]?["days"]?.integer != nil)
        #expect(replies[1]["failure"] == nil && replies[1]["finish"] == "stop")
        #expect(replies[1]["text"]?.string?.hasPrefix("Hello from a tiny model") == true)
    }

    @Test func `another model goes on between a call and its result, in the form of its own`()
        throws
    {
        let replies = try home.replies([
            ["messages": [Self.question], "tools": [Self.weather]],
            [
                "messages": [Self.question, "$0", Self.result], "tools": [Self.weather],
                "model": "small", "temperature": 0, "tokensMax": 200,
            ],
            [
                "messages": [Self.question], "tools": [Self.weather], "toolChoice": "required",
                "model": "small", "temperature": 0,
            ],
        ])
        #expect(replies.count == 3 && replies[1]["model"] == "local/small", "\(replies)")
        #expect(replies[1]["failure"] == nil, "\(replies[1])")
        // SmolLM2 was not made for tools.
        #expect(replies[2]["finish"] == "toolCalls", "\(replies[2])")
        let call = replies[2]["message"]?["parts"]?[0]
        #expect(call?["name"] == "weather.get" && call?["arguments"]?["city"]?.string != nil)
    }
}
