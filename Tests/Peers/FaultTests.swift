import KernelModels
import KernelSystem
import KernelTesting
import ModuleChat
import ModuleJSON
import Testing

/// What llmock makes of the layer `Models`: it fails as it is told, and judges who asked.
@Suite(
    .timeLimit(.minutes(3)), .blocking, .serialized, .llmock,
    .enabled(if: Peers.hasLlmock, Peers.whyNot))
struct FaultTests {
    private let asker: Dialect.Asker
    private static let question = [ChatMessage(.user, "Say something, please.")]
    /// Of several pieces in each dialect.
    private static let said = "One two three four five six seven eight nine ten."
    private static let reply: JSON = ["type": "reply", "text": .string(said), "times": nil]

    init() throws { asker = try Dialect.Asker() }

    private func play(_ behaviors: [JSON]) throws -> LlmockServer {
        let server = try #require(LlmockServer.current)
        try server.play(behaviors + [Self.reply])
        return server
    }

    private static func fault(_ kind: String, after chunks: Int, _ more: JSONObject = [:]) -> JSON {
        var fault: JSONObject = [
            "type": "stream_fault", "kind": .string(kind), "after_chunks": .integer(Int64(chunks)),
        ]
        for (name, value) in more { fault[name] = value }
        return .object(fault)
    }

    private static func refusal(_ status: Int64, _ more: JSONObject = [:]) -> JSON {
        var refusal: JSONObject = ["type": "fail", "status": .integer(status)]
        for (name, value) in more { refusal[name] = value }
        return .object(refusal)
    }

    // MARK: Nothing is wrong

    @Test(arguments: Dialect.all)
    func `an answer is read as it was said`(dialect: Dialect) throws {
        let server = try play([])
        let (heard, end) = try asker.ask(dialect.target(at: server), Self.question)
        #expect(end.failure == nil && heard.text == Self.said && heard.pauses.isEmpty)
        #expect(end.answer.finish?.reason == .stop && end.answer.usage.output != nil)
        #expect(try server.findings() == [])
    }

    @Test(arguments: Dialect.all)
    func `a tool is called, and its result is answered`(dialect: Dialect) throws {
        let server = try #require(LlmockServer.current)
        try server.play([])
        let tool = ChatTool(
            name: "weather.get", about: "Tells the weather of a city.",
            schema: [
                "type": "object", "properties": ["city": ["type": "string"]], "required": ["city"],
            ])
        let target = dialect.target(at: server)
        var chat = [ChatMessage(.user, "What is the weather of Paris?")]
        let called = try asker.ask(target, chat) { $0.tools = [tool] }.end
        let call = try #require(called.message.toolCalls.first)
        #expect(called.message.toolCalls.count == 1 && call.name == "weather.get")
        #expect(call.arguments["city"]?.string != nil)
        let result = ChatToolResult(call: call.id, name: call.name, text: "Sunny.")
        chat += [called.message, ChatMessage(.tool, [.toolResult(result)])]
        let answered = try asker.ask(target, chat) { $0.tools = [tool] }.end
        #expect(answered.failure == nil && answered.message.toolCalls.isEmpty)
        #expect(!answered.message.text.isEmpty)
        #expect(try server.findings() == [])
    }

    // MARK: It refuses

    @Test(arguments: Dialect.all)
    func `a limit is waited for as long as it says, to the millisecond`(dialect: Dialect) throws {
        // The header in seconds says one, the one in milliseconds the half of it.
        let limit: JSONObject = ["retry_after": 0.4, "times": 2]
        let server = try play([Self.refusal(429, limit)])
        let (heard, end) = try asker.ask(dialect.target(at: server), Self.question)
        #expect(end.failure == nil && heard.text == Self.said)
        #expect(heard.pauses.map(\.failure.kind) == [.rateLimit, .rateLimit])
        #expect(heard.pauses.allSatisfy { $0.seconds >= 0.4 && $0.seconds < 1 })
        #expect(try server.findings() == [] && server.attempts() == 3)
    }

    @Test(arguments: Dialect.all, [500, 503, 529] as [Int64])
    func `a server in trouble is asked again`(dialect: Dialect, status: Int64) throws {
        let server = try play([Self.refusal(status, ["retry_after": 0.2])])
        let (heard, end) = try asker.ask(dialect.target(at: server), Self.question)
        #expect(end.failure == nil && heard.text == Self.said)
        #expect(heard.pauses.count == 1 && heard.pauses[0].seconds >= 0.2)
        #expect(try server.findings() == [])
    }

    @Test(arguments: Dialect.all, [400, 401, 403, 404] as [Int64])
    func `what will not change is not asked for again`(dialect: Dialect, status: Int64) throws {
        let server = try play([Self.refusal(status, ["times": nil])])
        let (heard, end) = try asker.ask(dialect.target(at: server), Self.question)
        // llmock says of a 404 that something was not found, not what.
        let kinds: [Int64: Set<ChatFailure.Kind>] = [
            400: [.badRequest], 401: [.authentication], 403: [.authentication],
            404: [.modelNotFound, .badRequest],
        ]
        #expect(kinds[status]?.contains(try #require(end.failure).kind) == true)
        #expect(heard.pauses.isEmpty && heard.events.allSatisfy(\.isFailure))
        #expect(try server.findings() == [] && server.attempts() == 1)
    }

    @Test(arguments: Dialect.all)
    func `somebody who is down is left alone after some tries`(dialect: Dialect) throws {
        let server = try play([Self.refusal(503, ["times": nil, "retry_after": 0.1])])
        let (heard, end) = try asker.ask(dialect.target(at: server), Self.question)
        #expect(end.failure != nil && heard.pauses.count == 3)
        #expect(try server.findings() == [] && server.attempts() == 4)
    }

    @Test(arguments: Dialect.all)
    func `a limit that lasts too long is told at once`(dialect: Dialect) throws {
        let server = try play([Self.refusal(429, ["retry_after": 3_600])])
        let (heard, end) = try asker.ask(dialect.target(at: server), Self.question)
        #expect(end.failure?.kind == .rateLimit && end.failure?.retryAfterSeconds == 3_600)
        // It thinks that whoever does not ask again has given up, and here that is right.
        #expect(heard.pauses.isEmpty)
        #expect(try server.findings() == ["gave_up"] && server.attempts() == 1)
    }

    @Test(arguments: Dialect.all)
    func `the next key takes over from one that has met its limit`(dialect: Dialect) throws {
        let server = try LlmockServer(requestsPerMinute: 1)
        let target = dialect.target(at: server, keys: ["one", "two", "three"])
        for _ in 0..<3 {
            let (heard, end) = try asker.ask(target, Self.question)
            #expect(end.failure == nil && heard.pauses.isEmpty)
        }
        // All rest now, each as long as the server said of it.
        let (_, end) = try asker.ask(target, Self.question) { $0.policy.waitSecondsMax = 1 }
        #expect(end.failure?.kind == .rateLimit)
        let seconds = try #require(end.failure?.retryAfterSeconds)
        #expect(seconds > 1 && seconds <= 61)
    }
}

extension ChatEvent {
    var isFailure: Bool { if case .failure = self { true } else { false } }
}
