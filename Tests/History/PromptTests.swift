import KernelHistory
import KernelStore
import KernelTesting
import ModuleChat
import Testing

@Suite(.blocking) struct PromptTests {
    private func prompt(
        _ scratch: ScratchHistory, _ chat: ChatID, messagesMax: Int = 1_000,
        bytesMax: Int = 1 << 20
    ) throws -> PromptPath {
        try Answer.wait {
            scratch.chats.prompt(of: chat, messagesMax: messagesMax, bytesMax: bytesMax, $0)
        }
    }

    private func summarise(
        _ scratch: ScratchHistory, _ chat: ChatID, _ text: String, upTo covered: MessageID?
    ) throws -> MessageID {
        var summary = NewMessage(.user, [.text(text)], by: "kernel")
        summary.kind = .summary
        summary.covers = covered
        return try scratch.append([summary], to: chat)[0].id
    }

    private func texts(_ path: PromptPath) -> [String] {
        [path.summary?.message.text ?? "-"] + path.messages.map(\.message.text)
    }

    @Test func `without a summary the whole conversation is there`() throws {
        let scratch = try ScratchHistory()
        let chat = try scratch.begin()
        #expect(try texts(prompt(scratch, chat)) == ["-"])
        for text in ["1", "2", "3"] { try scratch.say(text, in: chat) }
        var notice = NewMessage(.assistant, [.text("for people")], by: "kernel")
        notice.kind = .notice
        try scratch.append([notice], to: chat)
        #expect(try texts(prompt(scratch, chat)) == ["-", "1", "2", "3"])
    }

    @Test func `the newest summary stands for what it covers, and what follows is there`() throws {
        let scratch = try ScratchHistory()
        let chat = try scratch.begin()
        let ids = try (1...6).map { try scratch.say("\($0)", in: chat) }
        let first = try summarise(scratch, chat, "1-2", upTo: ids[1])
        try scratch.say("7", in: chat)
        #expect(try texts(prompt(scratch, chat)) == ["1-2", "3", "4", "5", "6", "7"])
        let second = try summarise(scratch, chat, "1-5", upTo: ids[4])
        try scratch.say("8", in: chat)
        #expect(try texts(prompt(scratch, chat)) == ["1-5", "6", "7", "8"])
        // What people see has everything.
        #expect(try scratch.texts(chat).count == 10)
        try Answer.wait { scratch.chats.withdraw(summary: second, $0) }
        #expect(try texts(prompt(scratch, chat)) == ["1-2", "3", "4", "5", "6", "7", "8"])
        try Answer.wait { scratch.chats.withdraw(summary: first, $0) }
        #expect(
            try texts(prompt(scratch, chat)) == ["-"] + (1...8).map { "\($0)" })
        #expect(
            refusal { try Answer.wait { scratch.chats.withdraw(summary: ids[0], $0) } }?.kind
                == .refused)
        // Another answer to what came before the summary knows nothing of it.
        _ = try summarise(scratch, chat, "all", upTo: ids[5])
        try scratch.say("other 3", in: chat, .beside(ids[2]))
        #expect(try texts(prompt(scratch, chat)) == ["-", "1", "2", "other 3"])
    }

    @Test func `one that does not say how far it goes stands for everything before it`() throws {
        let scratch = try ScratchHistory()
        let chat = try scratch.begin()
        for text in ["1", "2"] { try scratch.say(text, in: chat) }
        _ = try summarise(scratch, chat, "all", upTo: nil)
        try scratch.say("3", in: chat)
        #expect(try texts(prompt(scratch, chat)) == ["all", "3"])
    }

    @Test func `what is too much is left out at the beginning, and that is said`() throws {
        let scratch = try ScratchHistory()
        let chat = try scratch.begin()
        for number in 1...9 { try scratch.say("\(number)", in: chat) }
        let few = try prompt(scratch, chat, messagesMax: 2)
        #expect(texts(few) == ["-", "8", "9"] && few.isCut)
        let small = try prompt(scratch, chat, bytesMax: 3)
        #expect(texts(small) == ["-", "7", "8", "9"] && small.isCut)
        #expect(try texts(prompt(scratch, chat, bytesMax: 0)) == ["-", "9"])
        #expect(try !prompt(scratch, chat, messagesMax: 9).isCut)
    }

    @Test func `a fork takes the summary with it`() throws {
        let scratch = try ScratchHistory()
        let chat = try scratch.begin()
        let ids = try (1...3).map { try scratch.say("\($0)", in: chat) }
        _ = try summarise(scratch, chat, "1-2", upTo: ids[1])
        let last = try scratch.say("4", in: chat)
        let fork = try scratch.fork(chat, at: last)
        try scratch.say("5", in: fork)
        #expect(try texts(prompt(scratch, fork)) == ["1-2", "3", "4", "5"])
    }
}
