import KernelFitting
import ModuleChat
import ModuleJSON
import Testing

@testable import KernelModels

/// What of a question each model gets.
struct ModelQuestionTests {
    private static func target(
        preset: String = "lines", _ change: (inout ModelInfo) -> Void = { _ in }
    ) -> ReadyTarget {
        var info = ModelInfo(id: "m")
        change(&info)
        return ReadyTarget(
            reference: ModelReference(provider: "p", model: "m"),
            endpoint: ModelEndpoint(name: "p", module: "lines", preset: preset, base: "http://x"),
            dialect: "lines", info: info)
    }

    private static func tool(_ name: String, about: String = "Does it.") -> ChatTool {
        ChatTool(name: name, about: about, schema: ["type": "object"])
    }

    private static let weather = tool("weather.get", about: "The weather of a city.")

    private static func question(
        _ messages: [ChatMessage] = [ChatMessage(.user, "Hi")],
        _ change: (inout ModelQuestion) -> Void = { _ in }
    ) -> ModelQuestion {
        var question = ModelQuestion(messages, to: [ModelTarget(local: "m")])
        question.tools = [weather]
        change(&question)
        return question
    }

    private static func call(_ name: String, _ arguments: JSONObject = [:]) -> ChatPart {
        .toolCall(ChatToolCall(id: "c-\(name)", name: name, arguments: arguments))
    }

    private static func result(_ name: String) -> ChatMessage {
        let result = ChatToolResult(call: "c-\(name)", name: name, text: "sunny")
        return ChatMessage(.tool, [.toolResult(result)])
    }

    private static let round = [
        ChatMessage(.user, "Hi"), ChatMessage(.assistant, [call("weather.get")]),
        result("weather.get"),
    ]

    @Test func `a model with tools gets them, and the calls as they were`() {
        let prepared = Self.question(Self.round) { $0.toolChoice = .none }
            .order(for: Self.target())
        #expect(prepared.order.tools == [Self.weather] && prepared.order.toolChoice == .none)
        #expect(prepared.order.messages == Self.round)
        #expect(prepared.losses.isEmpty && prepared.calling == nil)
    }

    @Test func `a chat with calls is told as text where a question has no tools, and why`() {
        let question = Self.question(Self.round) { $0.tools = [] }
        let given = question.order(for: Self.target())
        #expect(given.losses.count == 1 && given.losses[0].contains("since it is given no tools"))
        let unable = question.order(for: Self.target { $0.takesTools = false })
        #expect(unable.losses.count == 1)
        #expect(unable.losses[0].contains("since it takes no tools"))
    }

    @Test func `a model without tools is held to a form where the server can do that`() {
        let target = Self.target(preset: "llama-server") { $0.takesTools = false }
        let prepared = Self.question(Self.round).order(for: target)
        #expect(prepared.order.tools.isEmpty)
        #expect(prepared.order.answerSchema == prepared.calling?.schema)
        let messages = prepared.order.messages
        #expect(messages.map(\.role) == [.system, .user, .assistant, .user])
        #expect(messages[0].text.contains("weather.get: The weather of a city."))
        #expect(messages[2].text == #"{"tool":"weather.get","arguments":{}}"#)
        #expect(messages[3].text.contains("sunny"))
        #expect(prepared.losses.count == 1)
        #expect(prepared.losses.first?.contains("was not made for tools") == true)
    }

    @Test func `a model that can do neither is said to do nothing`() {
        let prepared = Self.question().order(for: Self.target { $0.takesTools = false })
        #expect(prepared.order.tools.isEmpty && prepared.order.answerSchema == nil)
        #expect(prepared.losses == ["p/m cannot use tools: it can answer, and do nothing"])
    }

    // MARK: Windows

    private static let many = (0..<60).map { tool("t.number\($0)", about: "Does \($0).") }

    @Test(arguments: [512, 2_048, 8_192, 32_768])
    func `tools fit into the window, and the others are searched`(window: Int) {
        let question = Self.question([ChatMessage(.system, "Be brief."), Self.round[0]]) {
            $0.tools = (0..<30).flatMap { _ in Self.many }.enumerated().map {
                Self.tool("t\($0.offset)")
            }
        }
        let prepared = question.order(for: Self.target { $0.windowTokens = window })
        let tokens = prepared.order.tools.reduce(0) { $0 + TokenEstimate.tokens(in: $1) }
        #expect(tokens > 0 && tokens <= window / 4)
        if window <= 8_192 { #expect(tokens + TokenEstimate.tokens(in: "Be brief.") <= 1_000) }
        #expect(prepared.order.tools.last == ToolSearch.tool)
        #expect(prepared.losses.count == 1)
        #expect(prepared.losses.first?.contains("it finds the others with tool.search") == true)
    }

    @Test func `a search is answered here, and what it found comes first`() {
        let search = Self.call("tool.search", ["query": "number57"])
        let asking = ChatMessage(.assistant, [search])
        let question = Self.question([Self.round[0], asking]) { $0.tools = Self.many }
        let target = Self.target { $0.windowTokens = 1_024 }
        let prepared = question.order(for: target)
        let found = prepared.order.messages.last?.toolResults.first
        #expect(found?.call == "c-tool.search" && found?.isError == false)
        #expect(found?.text.hasPrefix("t.number57: Does 57.") == true)
        #expect(prepared.order.tools.contains { $0.name == "t.number57" })
        // Not before it was looked for.
        let before = Self.question([Self.round[0]]) { $0.tools = Self.many }
        #expect(!before.order(for: target).order.tools.contains { $0.name == "t.number57" })
        // Beside a call of another tool, whose result somebody else brings.
        let both = ChatMessage(.assistant, [Self.call("t.number1"), search])
        let mixed = Self.question([Self.round[0], both, Self.result("t.number1")]) {
            $0.tools = Self.many
        }
        let results = mixed.order(for: target).order.messages.last?.toolResults.map(\.name)
        #expect(results == ["tool.search", "t.number1"])
    }

    @Test func `a chat longer than the window is told before it is sent`() {
        let long = ChatMessage(.user, String(repeating: "All work and no play. ", count: 100))
        let model = ModelReference(provider: "p", model: "m")
        let prepared = Self.question([long]) { $0.tools = [] }
            .order(for: Self.target { $0.windowTokens = 512 })
        let told = prepared.losses(counted: nil, by: model)
        #expect(told.count == 1 && told[0].contains("about 742 tokens"), "\(told)")
        #expect(told.first?.contains("the window of p/m has 512") == true)
        #expect(prepared.losses(counted: 500, by: model).isEmpty)
        #expect(prepared.losses(counted: 600, by: model).first?.contains(" 600 tokens") == true)
        let roomy = Self.question([long]).order(for: Self.target { $0.windowTokens = 4_096 })
        #expect(roomy.losses(counted: nil, by: model).isEmpty)
        #expect(Self.question([long]).losses(windowTokens: 256).count == 1)
    }
}
