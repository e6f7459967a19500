import KernelModels
import KernelSystem
import KernelTesting
import KernelWire
import ModelTesting
import ModuleChat
import ModuleJSON
import Testing

@testable import KernelChats

/// One client's chat, with servers on this machine.
@Suite(.timeLimit(.minutes(2)), .blocking)
struct ClientChatTests {
    private static func configuration(_ server: LoopbackServer, _ rest: String = "") -> String {
        """
        [chat]
        model = "lines/m"
        \(rest)
        [providers.lines]
        base_url = "\(server.address)"
        """
    }

    /// Says how many messages it was shown, and the last of them.
    private static func counting() throws -> LoopbackServer {
        try .asking { connection, body in
            let messages = body["chat"]?["messages"]?.array ?? []
            let last = messages.last?["parts"]?.array?.last?["text"]?.string ?? ""
            let model = body["chat"]?["model"]?.string ?? ""
            connection.answer(
                "{\"text\":\"\(messages.count) \(model) \"}\n{\"text\":\"\(last)\"}\n"
                    + "{\"finish\":\"stop\"}\n")
        }
    }

    @Test func `a chat goes on, and another model goes on with it`() throws {
        let server = try Self.counting()
        let client = try ChatBench(Self.configuration(server)).client()
        let first = try client.say("one")
        #expect(first.text == "1 m one" && first.model == "lines/m" && first.failure == nil)
        #expect(client.text == "1 m one")
        _ = try client.ask(UseModel.method, ["model": "lines/other"])
        let second = try client.say("two")
        #expect(second.text == "3 other two" && second.model == "lines/other")
        let chat = try client.ask(OwnChat.show)
        #expect(chat["messages"]?.array?.count == 4 && chat["model"] == "lines/other")
        _ = try client.ask(OwnChat.new)
        #expect(try client.say("three").text == "1 other three")
    }

    @Test func `what is asked leaves nothing behind`() throws {
        let server = try Self.counting()
        let client = try ChatBench(Self.configuration(server)).client()
        let messages: JSON = [["role": "user", "parts": [["type": "text", "text": "hi"]]]]
        let answer = try client.ask(AskChat.method, ["messages": messages])
        #expect(answer["text"] == "1 m hi" && answer["finish"] == "stop")
        #expect(try client.ask(OwnChat.show)["messages"] == [])
    }

    private static func asking(_ members: String) -> String {
        #"{"messages":[{"role":"user","parts":[]}],\#(members)}"#
    }

    private static func tool(_ name: String) -> String {
        #"{"name":"\#(name)","about":"","schema":{}}"#
    }

    private static let tools: JSON = [
        ["name": "weather.get", "about": "The weather.", "schema": ["type": "object"]]
    ]

    @Test func `a tool is called, its result is sent, and another model may go on between`() throws
    {
        let server = try LoopbackServer.asking { connection, body in
            let messages = body["chat"]?["messages"]?.array ?? []
            let last = messages.last?["parts"]?[0]
            let model = body["chat"]?["model"]?.string ?? ""
            let isGiven = body["chat"]?["tools"] == Self.tools
            guard last?["type"] == "toolResult" else {
                return connection.answer(
                    "{\"call\":\"\(isGiven ? "weather.get" : "")\"}\n{\"finish\":\"stop\"}\n")
            }
            connection.answer(
                "{\"text\":\"\(model) \(last?["text"]?.string ?? "")\"}\n{\"finish\":\"stop\"}\n")
        }
        let client = try ChatBench(Self.configuration(server)).client()
        let asked: JSON = ["role": "user", "parts": [["type": "text", "text": "hi"]]]
        let called = try client.ask(
            AskChat.method,
            ["messages": [asked], "tools": Self.tools, "toolChoice": "required"])
        let call = called["message"]?["parts"]?[0]
        #expect(call?["name"] == "weather.get" && called["failure"] == nil)
        let result: JSON = [
            "role": "tool",
            "parts": [
                [
                    "type": "toolResult", "call": call?["id"] ?? .null, "name": "weather.get",
                    "text": "sunny",
                ]
            ],
        ]
        let answered = try client.ask(
            AskChat.method,
            [
                "messages": [asked, called["message"] ?? .null, result], "tools": Self.tools,
                "model": "lines/other",
            ])
        #expect(answered["text"] == "other sunny" && answered["failure"] == nil)
        #expect(client.notices(ChatNotice.loss).isEmpty)
    }

    @Test func `a model that is chosen says what of the chat it will not get`() throws {
        let server = try LoopbackServer.asking { connection, body in
            if body["kind"] == "model" {
                return connection.answer(
                    "{\"models\":{\"id\":\"small\",\"windowTokens\":16}}\n")
            }
            connection.answer("{\"text\":\"yes\"}\n{\"finish\":\"stop\"}\n")
        }
        let client = try ChatBench(
            Self.configuration(server)
                + "\n[providers.describing]\nbase_url = \"\(server.address)\"\n"
        ).client()
        let small: JSON = ["model": "describing/small"]
        #expect(try client.ask(UseModel.method, small)["losses"] == nil)
        _ = try client.ask(UseModel.method, ["model": "lines/m"])
        _ = try client.say("this is a longer line than the window of the other model has")
        let details = try client.ask(UseModel.method, small).decode(ModelDetails.self)
        #expect(details.losses?.count == 1)
        #expect(details.losses?.first?.contains("the window of describing/small has 16") == true)
    }

    @Test(arguments: [
        (#"{"messages":[]}"#, "must be a list with a message"),
        (#"{"messages":[{"role":"nobody","parts":[]}]}"#, "role"),
        (#"{"messages":[{"role":"user","parts":[]}],"thinking":"much"}"#, "off, low, medium, high"),
        (asking(#""tools":[{"name":"a"}]"#), "\"tools\"[0]: tool.about must be a string"),
        (asking(#""tools":{}"#), "must be a list of at most 1000"),
        (asking(#""tools":[],"toolChoice":"required""#), "demands a call"),
        (asking(#""toolChoice":"maybe""#), "automatic, none, required"),
        (asking(#""tools":[\#(tool("a")),\#(tool("a"))]"#), "there is a a already"),
        (asking(#""tools":[\#(tool("tool.search"))]"#), "is the kernel's own"),
    ])
    func `what cannot be asked is refused`(params: String, problem: String) throws {
        let client = try ChatBench("").client()
        let answer = try client.answer(
            to: client.begin(AskChat.method, JSON(parsing: params)))
        guard case .failure(let error) = answer else {
            Issue.record("it was taken: \(answer)")
            return
        }
        #expect(error.isBadParameters && error.message.contains(problem), "\(error)")
    }

    @Test func `an answer that is cancelled keeps what came, and says so`() throws {
        let server = try LoopbackServer.asking { connection, _ in
            connection.send("HTTP/1.1 200 OK\r\n\r\n{\"text\":\"half an\"}\n")
            connection.waitForEnd()
        }
        let client = try ChatBench(Self.configuration(server)).client()
        let request = client.begin(SayInChat.method, ["text": "go"])
        _ = try client.wait(forAll: { $0.text == "half an" ? true : nil })
        let busy = try client.answer(to: client.begin(SayInChat.method, ["text": "more"]))
        #expect(busy == .failure(.refused(try busy.failure.message)))
        _ = try client.ask(CancelRequest.method, ["request": request.json])
        let answer = try client.answer(to: request).get().decode(ChatAnswerMessage.self)
        #expect(answer.failure?.kind == "cancelled" && answer.text == "half an")
        let parts = try client.ask(OwnChat.show)["messages"]?[1]?["parts"]?.array
        #expect(parts?.map { $0["type"]?.string } == ["text", "notice"])
        #expect(parts?[1]["text"]?.string?.contains("cancelled") == true)
    }

    @Test func `a question that nobody answered is not part of the chat`() throws {
        let server = try LoopbackServer.asking { connection, _ in
            connection.answer("{\"kind\":\"badRequest\"}", status: "400 Bad Request")
        }
        let client = try ChatBench(Self.configuration(server)).client()
        let answer = try client.say("hello")
        #expect(answer.failure?.kind == "badRequest" && answer.text == "")
        #expect(try client.ask(OwnChat.show)["messages"] == [])
    }

    @Test func `a wait is told second by second, and can be cancelled`() throws {
        let busy = try LoopbackServer.asking { connection, _ in
            connection.answer(
                "{\"kind\":\"rateLimit\"}", status: "429 Too Many Requests",
                headers: "Retry-After: 2\r\n")
        }
        let other = try Self.counting()
        let bench = try ChatBench(
            """
            [chat]
            model = "lines/m"
            fallback = ["spare/m"]
            [providers.lines]
            base_url = "\(busy.address)"
            [providers.spare]
            preset = "lines"
            base_url = "\(other.address)"
            """)
        let client = bench.client()
        let request = client.begin(SayInChat.method, ["text": "hi"])
        let told = try client.wait(forAll: { heard in
            let notices = heard.notices(ChatNotice.waiting)
            return notices.count >= 2 ? notices : nil
        })
        #expect(
            told[0].contains("asked again in 3 s (2 of 4)") || told[0].contains("in 2 s (2 of 4)"))
        #expect(told[1].contains("in 2 s") || told[1].contains("in 1 s"))
        _ = try client.ask(CancelRequest.method, ["request": request.json])
        let answer = try client.answer(to: request).get().decode(ChatAnswerMessage.self)
        #expect(answer.failure?.kind == "cancelled")
    }

    @Test func `who cannot answer is stood in for, with a notice`() throws {
        let gone = try LoopbackServer.asking { connection, _ in
            connection.answer("{\"kind\":\"authentication\"}", status: "401 Unauthorized")
        }
        let other = try Self.counting()
        let bench = try ChatBench(
            """
            [chat]
            model = "mine"
            [models.mine]
            model = "lines/m"
            fallback = ["spare/m"]
            [providers.lines]
            base_url = "\(gone.address)"
            [providers.spare]
            preset = "lines"
            base_url = "\(other.address)"
            """)
        let client = bench.client()
        let answer = try client.say("hi")
        #expect(answer.text == "1 m hi" && answer.model == "spare/m")
        #expect(client.notices(ChatNotice.fallback).first?.contains("spare/m") == true)
    }

    @Test func `one client has no more than a few requests at once`() throws {
        let server = try LoopbackServer.asking { connection, _ in connection.waitForEnd() }
        let client = try ChatBench(Self.configuration(server)).client()
        let messages: JSON = [["role": "user", "parts": [["type": "text", "text": "hi"]]]]
        let running = (0..<8).map { _ in client.begin(AskChat.method, ["messages": messages]) }
        let refused = try client.answer(
            to: client.begin(AskChat.method, ["messages": messages]))
        #expect(try refused.failure.message.contains("8 requests"))
        for request in running {
            _ = try client.ask(CancelRequest.method, ["request": request.json])
            _ = try client.answer(to: request)
        }
        #expect(try client.ask(OwnChat.show)["messages"] == [])
    }

    @Test func `an answer of thoughts alone is none, and its question can be put again`() throws {
        let server = try LoopbackServer.asking { connection, _ in
            connection.send("HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{\"thought\":\"hm\"}\n")
        }
        let client = try ChatBench(Self.configuration(server)).client()
        #expect(try client.say("hello").failure?.kind == "cutShort")
        #expect(try client.ask(OwnChat.show)["messages"] == [])
    }

    @Test func `all of a message has its weight`() {
        let message = ChatMessage(
            .assistant,
            [
                .text("12"), .thinking(ChatThinking("123", seal: ChatSeal(maker: "m", value: "1"))),
                .toolCall(ChatToolCall(id: "1", name: "f", arguments: [:])), .notice("1234"),
                .image(ChatImage(mediaType: "image/png", base64: "12345")),
                .toolResult(ChatToolResult(call: "1", name: "f", text: "123456")),
            ])
        #expect(message.bytes == 2 + 4 + 2 + 4 + 5 + 6)
    }

    @Test func `a server that says nothing of its window can be cancelled before it is asked`()
        throws
    {
        let asked = Condition<[String]>([])
        let server = try LoopbackServer.asking { connection, body in
            asked.withLock { $0.append(body["kind"]?.string ?? "") }
            asked.broadcast()
            connection.waitForEnd()
        }
        let client = try ChatBench(
            Self.configuration(server).replacing("providers.lines", with: "providers.describing")
                .replacing("lines/m", with: "describing/m")
        ).client()
        let deadline = SystemClock.monotonicNanoseconds + 60_000_000_000
        for method in [SayInChat.method, ModelChoiceRequest.show] {
            let request = client.begin(method, ["text": "hi"])
            _ = asked.wait(untilNanoseconds: deadline) { $0.isEmpty ? nil : true }
            _ = try client.ask(CancelRequest.method, ["request": request.json])
            _ = try client.answer(to: request)
            asked.withLock { kinds in
                #expect(kinds == ["model"])
                kinds = []
            }
        }
    }

    @Test func `who takes nothing is waited for, and no other, and the server is not blamed`()
        throws
    {
        let sent = Condition(0)
        let server = try LoopbackServer.asking { connection, _ in
            connection.answer("{\"text\":\"all of it\"}\n{\"finish\":\"stop\"}\n")
            sent.withLock { $0 += 1 }
            sent.broadcast()
        }
        let bench = try ChatBench(Self.configuration(server) + "\nstall_seconds = 1")
        let slow = bench.client()
        slow.stand()
        let request = slow.begin(SayInChat.method, ["text": "go"])
        let deadline = SystemClock.monotonicNanoseconds + 60_000_000_000
        _ = sent.wait(untilNanoseconds: deadline) { $0 == 1 ? true : nil }
        #expect(try bench.client().say("go").text == "all of it")
        // Longer than a server may be silent, which would be asked again.
        let longer = SystemClock.monotonicNanoseconds + 1_500_000_000
        #expect(sent.wait(untilNanoseconds: longer) { $0 > 2 ? true : nil } == nil)
        #expect(slow.text == "")
        slow.goOn()
        let answer = try slow.answer(to: request).get().decode(ChatAnswerMessage.self)
        #expect(answer.failure == nil && answer.text == "all of it" && slow.text == "all of it")
    }

    @Test func `an answer that nobody takes can be cancelled`() throws {
        let server = try LoopbackServer.asking { connection, _ in
            connection.answer("{\"text\":\"all of it\"}\n{\"finish\":\"stop\"}\n")
        }
        let client = try ChatBench(Self.configuration(server)).client()
        client.stand()
        let request = client.begin(SayInChat.method, ["text": "go"])
        _ = try client.ask(CancelRequest.method, ["request": request.json])
        let answer = try client.answer(to: request).get().decode(ChatAnswerMessage.self)
        #expect(answer.failure?.kind == "cancelled")
    }

    @Test func `a client that leaves ends its answers`() throws {
        let isGone = Condition(false)
        let server = try LoopbackServer.asking { connection, _ in
            connection.send("HTTP/1.1 200 OK\r\n\r\n{\"text\":\"on and on\"}\n")
            connection.waitForEnd()
            isGone.withLock { $0 = true }
            isGone.broadcast()
        }
        let client = try ChatBench(Self.configuration(server)).client()
        _ = client.begin(SayInChat.method, ["text": "go"])
        _ = try client.wait(forAll: { $0.text.isEmpty ? nil : true })
        client.leave()
        let deadline = SystemClock.monotonicNanoseconds + 60_000_000_000
        #expect(isGone.wait(untilNanoseconds: deadline) { $0 ? true : nil } == true)
    }
}

extension Result where Failure == WireError {
    fileprivate var failure: WireError {
        get throws {
            guard case .failure(let error) = self else { throw WireError.badRequest("it worked") }
            return error
        }
    }
}
