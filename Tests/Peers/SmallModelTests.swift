import KernelLocal
import KernelModels
import KernelSystem
import KernelTesting
import ModuleChat
import ModuleJSON
import Testing

/// SmolLM2 on a real llama-server, asked as the kernel asks.
@Suite(.timeLimit(.minutes(2)), .blocking, .enabled(if: Peers.hasLlama, Peers.whyNot))
struct SmallModelTests {
    private let folder: TemporaryFolder
    private let peer: LocalPeer

    init() throws {
        folder = try TemporaryFolder()
        peer = try LocalPeer(in: folder)
    }

    @Test func `a real model answers in pieces and tells what it took`() throws {
        peer.use(try peer.smallModel("small"))
        let chat = [
            ChatMessage(.system, "You are a helpful assistant."),
            ChatMessage(.user, "What is the capital of France?"),
        ]
        let asked = peer.ask("small", chat) { $0.tokensMax = 50 }
        let (heard, end) = try asked.witness.waitForEnd()
        #expect(end.failure == nil)
        #expect(heard.text.contains("Paris"))
        let pieces = heard.events.count { if case .text = $0 { true } else { false } }
        #expect(pieces > 3)
        #expect((end.answer.usage.input ?? 0) > 5 && (end.answer.usage.output ?? 0) > 3)
        #expect(end.answer.finish?.reason == .stop)
    }

    @Test func `a question that is taken back leaves the server free`() throws {
        peer.use(try peer.smallModel("small"))
        let asked = peer.ask("small", "Tell me everything.", body: LocalPeer.endless)
        try asked.witness.waitForText()
        #expect(try peer.isWorking("small"))
        asked.answering.cancel()
        let (heard, end) = try asked.witness.waitForEnd()
        #expect(end.failure?.kind == .cancelled)
        // What was seen is kept.
        #expect(end.message.text == heard.text && !heard.text.isEmpty)
        try waitFor("the server to be free") { try !peer.isWorking("small") }
        #expect(try peer.ask("small", "Hi").witness.waitForEnd().end.failure == nil)
    }

    @Test func `a server that is killed in mid-stream leaves what it said, and is told of`() throws
    {
        peer.use(try peer.smallModel("small"))
        let asked = peer.ask("small", "Tell me everything.", body: LocalPeer.endless)
        try asked.witness.waitForText()
        let process = try peer.process("small")
        ChildProcess.signal(try ChildProcess.handle(of: process), SignalNumber.kill)
        let (heard, end) = try asked.witness.waitForEnd()
        #expect(end.failure?.kind == .cutShort)
        #expect(heard.pauses.isEmpty && end.message.text == heard.text && !heard.text.isEmpty)
        // The next question finds the next server.
        #expect(try peer.ask("small", "Hi").witness.waitForEnd().end.failure == nil)
        #expect(try peer.process("small") != process)
    }

    @Test func `the end of the kernel ends a stream within bounds, and the server with it`() throws
    {
        peer.use(try peer.smallModel("small"))
        let asked = peer.ask("small", "Tell me everything.", body: LocalPeer.endless)
        try asked.witness.waitForText()
        let process = try peer.process("small")
        let began = SystemClock.monotonicNanoseconds
        peer.models.stop(withinSeconds: 10)
        // By itself it would go on for thirty seconds.
        #expect(SystemClock.monotonicNanoseconds - began < 15_000_000_000)
        #expect(ProcessStat(of: process) == nil)
        let (heard, end) = try asked.witness.waitForEnd()
        #expect(end.failure != nil && end.message.text == heard.text)
    }

    @Test func `another model answers while the first one still streams`() throws {
        peer.use(try peer.smallModel("small"), try peer.tinyModel("tiny"))
        let first = peer.ask("small", "Tell me everything.", body: LocalPeer.endless)
        try first.witness.waitForText()
        let second = try peer.ask("tiny", "Hi").witness.waitForEnd()
        #expect(second.end.failure == nil && second.heard.text.hasPrefix("Hello from a tiny"))
        #expect(try first.witness.wait { $0.end == nil })
        first.answering.cancel()
        #expect(try first.witness.waitForEnd().end.failure?.kind == .cancelled)
    }

    @Test func `a chat that is longer than the window is told with its numbers`() throws {
        peer.use(try peer.smallModel("small", contextTokens: 512))
        let long = String(repeating: "All work and no play makes Jack a dull boy. ", count: 100)
        let (_, end) = try peer.ask("small", long).witness.waitForEnd()
        #expect(end.failure?.kind == .contextTooLong)
        #expect(end.failure?.message.contains("512") == true)
    }

    @Test func `a broken file is told, and asked for once`() throws {
        let whole = try Files.read(
            try peer.tinyModel("whole").file, bytesMax: 16 << 20)
        var broken = try peer.tinyModel("broken")
        try Files.replace(broken.file, with: Array(whole.dropLast(1_000)))
        broken.contextTokens = 512
        peer.use(broken)
        let (heard, end) = try peer.ask("broken", "Hi").witness.waitForEnd()
        #expect(end.failure?.message.contains("corrupted or incomplete") == true)
        #expect(heard.pauses.isEmpty && heard.events.isEmpty)
    }

    @Test func `a model without tools calls one all the same, in the form it is held to`() throws {
        peer.use(try peer.smallModel("small"))
        let tool = ChatTool(
            name: "light.switch", about: "Switches the light on or off.",
            schema: [
                "type": "object",
                "properties": ["state": ["type": "string", "enum": ["on", "off"]]],
                "required": ["state"],
            ])
        let asked = peer.ask("small", [ChatMessage(.user, "Switch the light on.")]) {
            $0.tools = [tool]
            $0.toolChoice = .required
        }
        let (heard, end) = try asked.witness.waitForEnd()
        #expect(end.failure == nil && end.answer.finish?.reason == .toolCalls)
        #expect(heard.text.isEmpty)
        let call = try #require(end.message.toolCalls.first)
        #expect(call.name == tool.name)
        #expect(try JSONSchema(.object(tool.schema)).problems(in: .object(call.arguments)).isEmpty)
    }

    @Test func `a chat longer than the window is counted, and told before it is sent`() throws {
        peer.use(try peer.smallModel("small", contextTokens: 512))
        let long = String(repeating: "All work and no play makes Jack a dull boy. ", count: 100)
        let (heard, end) = try peer.ask("small", long).witness.waitForEnd()
        #expect(end.failure?.kind == .contextTooLong)
        let told = heard.losses.first { $0.contains("the window of local/small has 512") }
        #expect(told?.contains("about") == false, "\(heard.losses)")
    }
}
