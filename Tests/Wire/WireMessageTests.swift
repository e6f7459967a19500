import KernelWire
import ModuleJSON
import Testing

struct WireMessageTests {
    private static let messages: [WireMessage] = [
        .request(id: 1, method: "call.run", params: ["task": "fs.read", "arguments": ["a": 1]]),
        .request(id: .max, method: "module.list", params: [:]),
        .reply(id: -3, result: .null),
        .reply(id: 2, result: [["id": "fs"], "two\nlines", 1.5]),
        .failure(id: 4, .unknownMethod("frob")),
        .failure(id: nil, .badMessage("no JSON")),
        .notification(method: "log.line", params: ["text": "ü"]),
    ]

    @Test(arguments: messages)
    func `a message comes back as it was sent, on one line`(message: WireMessage) throws {
        var framing = WireFraming()
        let lines = try framing.add(message.line)
        #expect(try lines.map { try WireMessage(line: $0) } == [message])
    }

    @Test(arguments: [
        ("{", -32700, "not JSON"), ("[]", -32600, "object"), ("{}", -32600, "2.0"),
        (#"{"jsonrpc":"1.0","id":1,"method":"a"}"#, -32600, "2.0"),
        (#"{"jsonrpc":"2.0","id":"x","method":"a"}"#, -32600, "whole number"),
        (#"{"jsonrpc":"2.0","id":1.5,"method":"a"}"#, -32600, "whole number"),
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
