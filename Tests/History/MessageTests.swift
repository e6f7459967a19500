import KernelHistory
import KernelStore
import KernelTesting
import ModuleChat
import ModuleJSON
import Testing

@Suite(.blocking) struct MessageTests {
    static let allParts: [ChatPart] = [
        .text("said \0 \u{301} “ü” 日本"), .text(""),
        .image(ChatImage(mediaType: "image/png", base64: "iVBORw0KGgo=")),
        .thinking(ChatThinking("hm")),
        .thinking(ChatThinking("", seal: ChatSeal(maker: "m", value: "v"))),
        .toolCall(
            ChatToolCall(
                id: "1", name: "fs.read", arguments: ["path": "/a", "n": 1.5, "deep": [[nil]]],
                seal: ChatSeal(maker: "m", value: "s"))),
        .toolCall(ChatToolCall(id: "2", name: "x", arguments: [:])),
        .toolResult(ChatToolResult(call: "1", name: "fs.read", text: "no", isError: true)),
        .toolResult(ChatToolResult(call: "2", name: "x", text: "yes")), .notice("cut short"),
    ]

    @Test func `every kind of part comes back as it was, also after a restart`() throws {
        let scratch = try ScratchHistory()
        let chat = try scratch.begin()
        let written = try scratch.append(
            [NewMessage(.assistant, Self.allParts, by: "model")], to: chat)[0]
        #expect(written.message == ChatMessage(.assistant, Self.allParts))
        try scratch.restart()
        let page = try scratch.page(chat, PageQuery(hasImages: true))
        #expect(page.messages == [written])
        let bare = try scratch.page(chat).messages[0].parts[2].content
        #expect(bare == .image(ChatImage(mediaType: "image/png", base64: "")))
        let image = try Answer.wait { scratch.chats.image(PartID(written.id, 2), $0) }
        #expect(image?.base64 == "iVBORw0KGgo=")
        #expect(try Answer.wait { scratch.chats.image(PartID(written.id, 0), $0) } == nil)
    }

    @Test func `an image is kept once, however often it comes`() throws {
        let scratch = try ScratchHistory()
        let chat = try scratch.begin()
        let image = ChatPart.image(ChatImage(mediaType: "image/png", base64: "AAEC"))
        for _ in 0..<3 { try scratch.append([NewMessage(.user, [image], by: "a")], to: chat) }
        let sizes = try scratch.sizes()
        #expect(sizes.images == 1 && sizes.imageBytes == 3 && sizes.messages == 3)
    }

    @Test func `an answer is written piece by piece, and read at any moment`() throws {
        let scratch = try ScratchHistory()
        let chat = try scratch.begin()
        let turn = try scratch.say("question", in: chat)
        let id = try Answer.wait {
            scratch.chats.append(
                [.answer(by: "model", turn: turn)], to: chat, .atHead, .relaxed, $0)
        }[0].id
        #expect(try scratch.message(id).state == .open)
        try scratch.record([.begin(.thinking(ChatThinking("let ")))], of: id)
        let change = try scratch.record([.piece("me "), .piece("think")], of: id)
        #expect(change.part == PartID(id, 0) && change.partBytes == 12)
        #expect(try scratch.chat(chat).revision == change.revision)
        let thinking = ChatThinking("let me think", seal: ChatSeal(maker: "m", value: "v"))
        #expect(
            try scratch.message(id).parts
                == [
                    PartRecord(PartID(id, 0), .thinking(ChatThinking("let me think")), isOpen: true)
                ])
        try scratch.record(
            [.end(.thinking(thinking)), .begin(.text("")), .piece("An"), .piece("swer")], of: id)
        let call = ChatPart.toolCall(ChatToolCall(id: "1", name: "fs.read", arguments: [:]))
        try scratch.record([.whole(call)], of: id, .durable)
        let spending = Spending("model", ChatUsage(input: 10, output: 4))
        try scratch.record(
            [.finish(MessageEnd(.done, finish: "stop", spending: spending))], of: id, .durable)
        let ended = try scratch.message(id)
        #expect(ended.message.parts == [.thinking(thinking), .text("Answer"), call])
        #expect(ended.state == .done && ended.finish == "stop" && ended.spending == spending)
        #expect(ended.turn == turn && ended.ended == Moment(milliseconds: 5_000))
        #expect(try scratch.rows("piece") == 0)
    }

    @Test func `what does not fit where a message is, is refused`() throws {
        let scratch = try ScratchHistory()
        let chat = try scratch.begin()
        let id = try scratch.open(in: chat)
        let call = ChatPart.toolCall(ChatToolCall(id: "1", name: "x", arguments: [:]))
        let wrong: [[MessageStep]] = [
            [.piece("x")], [.end(nil)], [.begin(call)],
            [.begin(.text("a")), .end(.notice("b"))], [.whole(.text("a")), .piece("b")],
            [.finish(MessageEnd(.done)), .piece("x")],
        ]
        for steps in wrong {
            #expect(refusal { try scratch.record(steps, of: id) }?.kind == .refused)
        }
        #expect(try scratch.message(id).parts == [])
        #expect(refusal { try scratch.say("behind", in: chat) }?.kind == .refused)
        #expect(refusal { _ = try scratch.fork(chat, at: id) }?.kind == .refused)
        #expect(refusal { try scratch.purge(chat) }?.kind == .refused)
        try scratch.record([.finish(MessageEnd(.cancelled))], of: id)
        #expect(refusal { try scratch.record([.whole(.text("x"))], of: id) }?.kind == .refused)
        try scratch.say("behind", in: chat)
    }

    @Test func `a part that grows over its limit refuses more and keeps what it has`() throws {
        let scratch = try ScratchHistory()
        let chat = try scratch.begin()
        let id = try scratch.open(in: chat)
        let half = String(repeating: "x", count: ChatLimits.partBytesMax / 2)
        try scratch.record([.begin(.text(half)), .piece(half)], of: id)
        #expect(refusal { try scratch.record([.piece("y")], of: id) }?.kind == .tooLarge)
        try scratch.record([.begin(.text("y")), .finish(MessageEnd(.done))], of: id)
        #expect(try scratch.message(id).message.text == half + half + "y")
    }

    @Test func `a message that grows over its limit refuses more and keeps what it has`() throws {
        let scratch = try ScratchHistory()
        let chat = try scratch.begin()
        let id = try scratch.open(in: chat)
        let part = ChatPart.text(String(repeating: "x", count: ChatLimits.partBytesMax))
        let count = ChatLimits.messageBytesMax / ChatLimits.partBytesMax
        for _ in 0..<count { try scratch.record([.whole(part)], of: id) }
        #expect(refusal { try scratch.record([.whole(.text("y"))], of: id) }?.kind == .tooLarge)
        try scratch.record([.finish(MessageEnd(.failed))], of: id)
        #expect(try scratch.message(id).parts.count == count)
        let whole = NewMessage(.user, [ChatPart](repeating: part, count: count + 1), by: "ann")
        #expect(refusal { try scratch.append([whole], to: chat) }?.kind == .tooLarge)
    }

    @Test func `empty parts leave nothing behind`() throws {
        let scratch = try ScratchHistory()
        let chat = try scratch.begin()
        let id = try scratch.open(in: chat)
        try scratch.record([.whole(.text("a")), .begin(.text("")), .begin(.text("b"))], of: id)
        try scratch.record([.begin(.text("")), .finish(MessageEnd(.done))], of: id)
        #expect(try scratch.message(id).parts.map(\.content) == [.text("a"), .text("b")])
        #expect(try scratch.message(id).parts.map(\.id.place) == [0, 1])
    }

    @Test func `what was open at the end of the kernel is marked, with all that was written`()
        throws
    {
        let scratch = try ScratchHistory()
        let chat = try scratch.begin()
        try scratch.say("question", in: chat)
        let id = try scratch.open(in: chat)
        try scratch.record([.whole(.text("one ")), .begin(.text("two")), .piece(" three")], of: id)
        let settled = try scratch.restart()
        #expect(settled.map(\.id) == [id])
        let message = try scratch.message(id)
        #expect(message.state == .interrupted && message.message.text == "one two three")
        #expect(message.parts.allSatisfy { !$0.isOpen } && message.ended != nil)
        #expect(try scratch.find("three") == [id])
        #expect(try scratch.restart() == [])
        // The chat can go on.
        try scratch.say("go on", in: chat)
        #expect(try scratch.texts(chat) == ["question", "one two three", "go on"])
    }

    @Test func `a client that knows a revision gets what it missed`() throws {
        let scratch = try ScratchHistory()
        let chat = try scratch.begin()
        let first = try scratch.say("one", in: chat)
        let known = try scratch.chat(chat).revision
        func news(_ revision: Int64, limit: Int = 10) throws -> ChatNews {
            try Answer.wait {
                scratch.chats.news(of: chat, since: revision, limit: limit, $0)
            }
        }
        #expect(try news(known).messages == [])
        #expect(try news(0).messages.map(\.id) == [first])
        let second = try scratch.say("two", in: chat)
        let open = try scratch.open(in: chat)
        try scratch.record([.begin(.text("th"))], of: open)
        #expect(try news(known).messages.map(\.id) == [second, open])
        let middle = try scratch.chat(chat).revision
        try scratch.record([.piece("ree")], of: open)
        let last = try news(middle)
        #expect(last.messages.map(\.message.text) == ["three"] && !last.isTooLate)
        #expect(try news(known, limit: 1).isTooLate)
        #expect(try news(middle + 100).isTooLate)
    }
}
