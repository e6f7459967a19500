import KernelWire
import ModuleJSON
import Testing

struct WireMessageTests {
    private static let messages: [WireMessage] = [
        .request(id: 1, method: "call.run", params: ["task": "fs.read", "arguments": ["a": 1]]),
        .request(id: RequestID(.max), method: "module.list", params: [:]),
        .request(id: RequestID("a-1"), method: "module.list", params: [:]),
        .reply(id: RequestID(""), result: 1),
        .reply(id: -3, result: .null),
        .reply(id: 2, result: [["id": "fs"], "two\nlines", 1.5]),
        .failure(id: 4, .unknownMethod("frob")),
        .failure(id: nil, .badMessage("no JSON")),
        .notification(method: "log.line", params: ["text": "ü"]),
    ]

    @Test(arguments: messages)
    func `a message comes back as it was sent, on one line`(message: WireMessage) throws {
        var framing = WireFraming()
        let lines = framing.add(message.line)
        #expect(try lines.map { try WireMessage(line: $0) } == [message])
    }

    @Test(arguments: [
        ("{", -32700, "not JSON"), ("[]", -32600, "batches"), ("7", -32600, "object"),
        ("{}", -32600, "2.0"), (#"{"jsonrpc":"2.0","id":1,"method":2}"#, -32600, "a text"),
        (#"{"jsonrpc":"2.0","id":1,"method":"a","params":3}"#, -32600, "an object"),
        (#"{"jsonrpc":"1.0","id":1,"method":"a"}"#, -32600, "2.0"),
        (#"{"jsonrpc":"2.0","id":true,"method":"a"}"#, -32600, "a number, or a text"),
        (#"{"jsonrpc":"2.0","id":null,"method":"a"}"#, -32600, "a number, or a text"),
        (#"{"jsonrpc":"2.0","id":{},"method":"a"}"#, -32600, "a number, or a text"),
        (#"{"jsonrpc":"2.0","id":1}"#, -32600, "needs a"),
        (#"{"jsonrpc":"2.0","result":1}"#, -32600, "needs a"),
    ])
    func `what is no message is refused with a reason`(
        line: String, code: Int64, words: String
    ) throws {
        let error = try #require(throws: WireError.self) {
            try WireMessage(line: Array(line.utf8))
        }
        #expect(error.code == code && error.message.contains(words))
    }

    @Test(arguments: [#""a""#, #""""#, "0", "-7", "9223372036854775807", "1.5", #""1""#])
    func `an id comes back as it was sent`(id: String) throws {
        let line = Array(#"{"jsonrpc":"2.0","id":\#(id),"method":"m"}"#.utf8)
        guard case .request(let read, _, _) = try WireMessage(line: line) else {
            Issue.record("no request")
            return
        }
        let reply = String(decoding: WireMessage.reply(id: read, result: 1).line, as: UTF8.self)
        #expect(reply == "{\"jsonrpc\":\"2.0\",\"id\":\(id),\"result\":1}\n")
        let failure = WireMessage.receive(
            Array(#"{"jsonrpc":"1.0","id":\#(id),"method":"m"}"#.utf8))
        guard case .answer(.failure(read, _)) = failure else {
            Issue.record("whoever asked is not told: \(failure)")
            return
        }
    }

    @Test func `an id that would be repeated at length is refused`() {
        let text = String(repeating: "i", count: RequestID.textBytesMax + 1)
        #expect(RequestID(json: .string(text)) == nil)
        #expect(RequestID(json: .string(String(text.dropLast()))) != nil)
    }

    @Test(arguments: [
        "{\"a\":\u{0}}", "\u{0}", "{\"a\":1} {}",
        String(repeating: "[", count: 100_000), String(repeating: "{\"a\":", count: 5_000),
    ])
    func `what is not JSON is answered without an id`(line: String) {
        guard case .answer(.failure(nil, let error)) = WireMessage.receive(Array(line.utf8)) else {
            Issue.record("not refused")
            return
        }
        #expect(error.code == -32700)
    }

    @Test func `bytes that are no text are answered without an id`() {
        let line = Array("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"".utf8) + [0xFF, 0xC0, 0x80]
        guard case .answer(.failure(nil, let error)) = WireMessage.receive(line) else {
            Issue.record("not refused")
            return
        }
        #expect(error.code == -32700)
    }

    @Test func `parameters may be left out`() throws {
        let line = Array(#"{"jsonrpc":"2.0","id":1,"method":"module.list"}"#.utf8)
        #expect(
            try WireMessage(line: line)
                == .request(id: 1, method: "module.list", params: [:]))
    }

    @Test func `the kernel's own types come back as they were sent`() throws {
        var news = CallNews(request: 4, call: 9)
        news.fraction = 0.5
        #expect(try JSON.encode(news).decode(CallNews.self) == news)
        let run = RunCall(task: "fs.read", arguments: ["path": "."], timeoutSeconds: 2)
        #expect(try JSON.encode(run).decode(RunCall.self) == run)
        let event = KernelNews(
            event: "refused", module: "fs", text: "no", details: ["one", "two"], tone: "error")
        #expect(try JSON.encode(event).decode(KernelNews.self) == event)
        #expect(event.sentence == "no one two")
    }
}
