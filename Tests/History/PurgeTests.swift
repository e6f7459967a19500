import KernelHistory
import KernelStore
import KernelTesting
import ModuleChat
import Testing

@Suite(.blocking) struct PurgeTests {
    @Test func `a purged chat leaves nothing behind but what it cost`() throws {
        let scratch = try ScratchHistory()
        let chat = try scratch.begin(NewChat(title: "secret"))
        try scratch.change(chat, .tags(["t"]))
        let image = ChatPart.image(ChatImage(mediaType: "image/png", base64: "AAEC"))
        var answer = NewMessage(.assistant, MessageTests.allParts + [image], by: "model")
        answer.spending = Spending("model", ChatUsage(input: 5, output: 7))
        let id = try scratch.append([.said("needle", by: "ann"), answer], to: chat)[0].id
        // More than are looked at in one unit of work.
        for _ in 0..<3 {
            try scratch.append((0..<170).map { .said("\($0)", by: "ann") }, to: chat)
        }
        try scratch.purge(chat)
        #expect(refusal { _ = try scratch.chat(chat) }?.kind == .unknown)
        #expect(refusal { _ = try scratch.message(id) }?.kind == .unknown)
        #expect(try scratch.find("needle") == [])
        let sizes = try scratch.sizes()
        #expect(sizes.chats == 0 && sizes.messages == 0 && sizes.bytes == 0 && sizes.images == 0)
        for table in ["chat", "chat_tag", "message", "part", "piece", "image"] {
            #expect(try scratch.rows(table) == 0, "\(table)")
        }
        #expect(try scratch.problems() == [])
        let spent = try Answer.wait { scratch.chats.spent(SpendingQuery(), $0) }
        #expect(spent.map(\.output) == [7])
        // Its number is not given to another one.
        #expect(try scratch.begin() > chat)
        #expect(try scratch.say("x", in: scratch.begin()) > id)
    }

    @Test func `what a fork shares stays for as long as it needs it`() throws {
        let scratch = try ScratchHistory()
        let chat = try scratch.begin()
        let shared = try scratch.say("shared", in: chat)
        let gone = try scratch.say("gone", in: chat)
        let fork = try scratch.fork(chat, at: shared)
        let grandchild = try scratch.fork(fork, at: shared)
        let own = try scratch.say("own", in: fork)
        let deep = try scratch.fork(fork, at: own)
        try scratch.purge(chat)
        #expect(try scratch.list().sorted() == [fork, grandchild, deep])
        #expect(try scratch.texts(deep) == ["shared", "own"])
        #expect(refusal { _ = try scratch.message(gone) }?.kind == .unknown)
        #expect(try scratch.find("shared") == [shared])
        try scratch.purge(fork)
        #expect(try scratch.texts(deep) == ["shared", "own"])
        #expect(try scratch.texts(grandchild) == ["shared"])
        #expect(try scratch.problems() == [])
        try scratch.purge(deep)
        #expect(refusal { _ = try scratch.message(own) }?.kind == .unknown)
        #expect(try scratch.texts(grandchild) == ["shared"])
        try scratch.purge(grandchild)
        #expect(try scratch.rows("message") == 0)
        #expect(try scratch.rows("chat") == 0)
        #expect(try scratch.problems() == [])
    }

    @Test func `a purge that the end of the kernel interrupts is finished by the next one`()
        throws
    {
        let scratch = try ScratchHistory()
        let chat = try scratch.begin()
        for _ in 0..<6 {
            try scratch.append((0..<200).map { .said("\($0)", by: "ann") }, to: chat)
        }
        // What is queued is done, and what comes after that is refused.
        scratch.chats.purge(chat) { _ in }
        try scratch.restart()
        #expect(try scratch.list() == [])
        // The next unit of work comes after what `settle` has begun.
        for _ in 0..<100 where try scratch.rows("message") > 0 { _ = try scratch.begin() }
        #expect(try scratch.rows("message") == 0)
        #expect(try scratch.problems() == [])
    }

    @Test func `what another chat was to become is removed at the next start`() throws {
        let scratch = try ScratchHistory()
        let id = try Answer.wait { scratch.chats.beginAdoption(NewChat(), $0) }
        let messages = (0..<300).map { number in
            AdoptedMessage(
                .said("\(number)", by: "ann"), parent: number > 0 ? .request(number - 1) : nil)
        }
        _ = try Answer.wait { scratch.chats.adopt(messages, into: id, $0) }
        #expect(refusal { _ = try scratch.chat(id) }?.kind == .unknown)
        #expect(try scratch.find("299") == [])
        // Somebody else's purge leaves it alone.
        try scratch.purge(scratch.begin())
        _ = try Answer.wait { scratch.chats.adopt(messages, into: id, $0) }
        try scratch.restart()
        for _ in 0..<100 where try scratch.rows("message") > 0 { _ = try scratch.begin() }
        #expect(try scratch.rows("message") == 0)
        #expect(
            refusal { _ = try Answer.wait { scratch.chats.adopt(messages, into: id, $0) } }?.kind
                == .unknown)
    }
}
