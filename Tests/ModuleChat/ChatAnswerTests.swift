import ModuleChat
import ModuleJSON
import Testing

struct ChatAnswerTests {
    private static func answer(_ events: [ChatEvent]) -> ChatAnswer {
        var answer = ChatAnswer(maker: "openai")
        for event in events { answer.take(event) }
        return answer
    }

    private static func message(_ events: [ChatEvent]) -> ChatMessage {
        var number = 0
        return answer(events).message {
            number += 1
            return "new\(number)"
        }
    }

    private static func call(
        _ index: Int, _ id: String? = nil, _ name: String? = nil, _ arguments: String = ""
    ) -> ChatEvent {
        .toolCall(ChatToolCallPiece(index: index, id: id, name: name, arguments: arguments))
    }

    private static let stop = ChatEvent.finish(ChatFinish(.stop))
    private static let calls = ChatEvent.finish(ChatFinish(.toolCalls))

    @Test func `pieces of text become one part, and thoughts another`() {
        let message = Self.message([
            .thinking("a"), .thinking("b"), .seal("s"), .thinking("c"), .text("x"), .text(""),
            .text("y"), Self.stop,
        ])
        #expect(
            message.parts == [
                .thinking(ChatThinking("ab", seal: ChatSeal(maker: "openai", value: "s"))),
                .thinking(ChatThinking("c")), .text("xy"),
            ])
    }

    @Test func `a seal without a thought is kept on its own`() {
        let message = Self.message([.seal("s"), .text("x"), Self.stop])
        #expect(
            message.parts.first
                == .thinking(ChatThinking("", seal: ChatSeal(maker: "openai", value: "s"))))
    }

    @Test func `calls come together from pieces, side by side`() {
        let message = Self.message([
            Self.call(0, "a", "fs.read"), Self.call(1, "b", "fs.list", "{\"pa"),
            Self.call(0, nil, nil, "{\"path\":"), Self.call(1, nil, nil, "th\":\".\"}"),
            Self.call(0, nil, nil, "\"x\"}"), Self.calls,
        ])
        #expect(
            message.toolCalls == [
                ChatToolCall(id: "a", name: "fs.read", arguments: ["path": "x"]),
                ChatToolCall(id: "b", name: "fs.list", arguments: ["path": "."]),
            ])
    }

    @Test func `a server that numbers every call 0 is told by the ids`() {
        let message = Self.message([
            Self.call(0, "a", "one", "{}"), Self.call(0, "b", "two", "{}"), Self.calls,
        ])
        #expect(message.toolCalls.map(\.name) == ["one", "two"])
    }

    @Test func `missing and doubled ids are made anew`() {
        let message = Self.message([
            Self.call(0, nil, "one", "{}"), Self.call(1, "a", "two"), Self.call(2, "a", "three"),
            Self.call(3, "", "four", " "), Self.calls,
        ])
        #expect(message.toolCalls.map(\.id) == ["new1", "a", "new2", "new3"])
        #expect(message.toolCalls.allSatisfy { $0.arguments == [:] })
    }

    @Test func `no call of an answer that did not finish is kept, but its text is`() {
        let events = [ChatEvent.text("I will"), Self.call(0, "a", "fs.delete", "{}")]
        #expect(Self.message(events).parts == [.text("I will")])
        #expect(Self.answer(events).problem?.kind == .cutShort)
        #expect(Self.answer(events).hasBegun)
    }

    private static let problems: [([ChatEvent], ChatFailure.Kind?)] = [
        ([.text("x"), stop], nil),
        ([call(0, "a", "x", "{}"), calls], nil),
        // Some servers say "stop" over calls, and "tool calls" over plain text.
        ([call(0, "a", "x", "{}"), stop], nil), ([.text("x"), calls], nil),
        ([.text("x"), .finish(ChatFinish(.length))], nil),
        ([], .cutShort), ([.text("x")], .cutShort),
        ([stop], .malformed), ([.text(" \n"), stop], .malformed),
        ([.thinking("hm"), stop], .malformed),
        ([.finish(ChatFinish(.filtered, detail: "SAFETY"))], .blocked),
        ([.finish(ChatFinish(.length))], .contextTooLong),
        ([call(0, "a", "x", "{\"a\":"), calls], .malformed),
        ([call(0, "a", "x", "[]"), calls], .malformed),
        ([call(0, "a", nil, "{}"), calls], .malformed),
        ([.failure(ChatFailure(.overloaded, "later")), stop], .overloaded),
        (
            [.failure(ChatFailure(.overloaded, "a")), .failure(ChatFailure(.server, "b"))],
            .overloaded
        ),
    ]

    @Test(arguments: problems)
    func `what is no answer is said to be none`(events: [ChatEvent], kind: ChatFailure.Kind?) {
        #expect(Self.answer(events).problem?.kind == kind)
    }

    @Test func `a call that the limit cut off is told as that`() {
        let problem = Self.answer([
            Self.call(0, "a", "fs.write", "{\"text\":\"lo"), .finish(ChatFinish(.length)),
        ]).problem
        #expect(problem?.message == "the call of fs.write was cut off at the limit of tokens")
    }

    @Test func `later counts of tokens replace earlier ones, and unknown ones do not`() {
        let answer = Self.answer([
            .usage(ChatUsage(input: 10, output: 1)), .usage(ChatUsage(cached: 4, output: 5)),
        ])
        #expect(answer.usage == ChatUsage(input: 10, cached: 4, output: 5))
        #expect(!answer.hasBegun)
    }

    /// Copied for every piece, this would be 200 GB.
    @Test(.timeLimit(.minutes(1))) func `a long answer is gathered in place`() {
        let pieces = 300_000
        var answer = ChatAnswer(maker: "openai")
        answer.take(Self.call(0, "a", "fs.read"))
        for _ in 0..<pieces { answer.take(Self.call(0, nil, nil, "     ")) }
        for _ in 0..<pieces { answer.take(.thinking(" hmm.")) }
        for _ in 0..<pieces { answer.take(.text(" word")) }
        answer.take(.finish(ChatFinish(.stop)))
        let message = answer.message { "id" }
        #expect(message.text.utf8.count == 5 * pieces && message.toolCalls.count == 1)
    }
}
