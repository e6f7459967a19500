import KernelModels
import KernelTesting
import ModuleChat
import ModuleJSON
import Testing

/// A model whose answers are known beforehand, on a real llama-server: what the server itself does
/// with tools, schemas and thoughts, and what the module `openai` makes of it.
@Suite(.timeLimit(.minutes(2)), .blocking, .enabled(if: Peers.hasLlama, Peers.whyNot))
struct TinyModelTests {
    private let folder: TemporaryFolder
    private let peer: LocalPeer

    private static let said =
        "Hello from a tiny model, which has only these words to say: grüße, 世界!"

    private static let weather: JSONObject = [
        "type": "object",
        "properties": ["city": ["type": "string"], "days": ["type": "integer"]],
        "required": ["city", "days"],
    ]

    init() throws {
        folder = try TemporaryFolder()
        peer = try LocalPeer(in: folder)
        peer.use(try peer.tinyModel("tiny"), try peer.tinyModel("thinker", "--think"))
    }

    private func answer(
        to chat: [ChatMessage], isActing: Bool = false
    ) throws -> ChatMessage {
        let asked = peer.ask("tiny", chat) { question in
            guard isActing else { return }
            question.tools = [
                ChatTool(name: "weather.get", about: "The weather.", schema: Self.weather)
            ]
        }
        let (_, end) = try asked.witness.waitForEnd()
        #expect(end.failure == nil)
        return end.message
    }

    @Test func `every character arrives whole`() throws {
        let message = try answer(to: [ChatMessage(.user, "Hi")])
        #expect(message == ChatMessage(.assistant, Self.said))
    }

    @Test func `a tool is called once and rightly, and its result is answered`() throws {
        var chat = [ChatMessage(.user, "How is the weather?")]
        for round in 1...3 {
            let called = try answer(to: chat, isActing: true)
            let call = try #require(called.toolCalls.first)
            #expect(called.toolCalls.count == 1 && called.text.isEmpty, "round \(round)")
            #expect(call.name == "weather.get" && !call.id.isEmpty)
            let problems = try JSONSchema(.object(Self.weather)).problems(
                in: .object(call.arguments))
            #expect(problems.isEmpty && call.arguments.count == 2)
            let result = ChatToolResult(call: call.id, name: call.name, text: "Sunny.")
            chat += [called, ChatMessage(.tool, [.toolResult(result)])]
            let answered = try answer(to: chat, isActing: true)
            #expect(answered == ChatMessage(.assistant, Self.said), "round \(round)")
            chat += [answered, ChatMessage(.user, "And tomorrow?")]
        }
    }

    @Test func `an answer keeps to its schema`() throws {
        let asked = peer.ask("tiny", [ChatMessage(.user, "How is the weather?")]) {
            $0.answerSchema = Self.weather
        }
        let (_, end) = try asked.witness.waitForEnd()
        #expect(end.failure == nil)
        let value = try JSON(parsing: end.message.text)
        #expect(try JSONSchema(.object(Self.weather)).problems(in: value).isEmpty)
        #expect(value.object?.count == 2)
    }

    @Test func `what it thinks is told apart from what it says`() throws {
        let asked = peer.ask("thinker", "Hi")
        let (heard, end) = try asked.witness.waitForEnd()
        #expect(end.failure == nil && heard.text == Self.said)
        let thought = heard.events.reduce(into: "") {
            if case .thinking(let piece) = $1 { $0 += piece }
        }
        #expect(thought == " Let me see what I know.")
    }

    @Test func `an endless answer ends when it is taken back, or at its limit`() throws {
        let endless = peer.ask("tiny", "Hi", body: LocalPeer.endless)
        _ = try endless.witness.wait { $0.events.count > 1_000 ? true : nil }
        endless.answering.cancel()
        #expect(try endless.witness.waitForEnd().end.failure?.kind == .cancelled)
        let bounded = peer.ask(
            "tiny", [ChatMessage(.user, "Hi")], body: ["ignore_eos": true]
        ) { $0.tokensMax = 50 }
        let (_, end) = try bounded.witness.waitForEnd()
        #expect(end.failure == nil && end.answer.finish?.reason == .length)
        #expect(end.answer.usage.output == 50)
    }
}
