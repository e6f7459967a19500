import KernelHistory
import KernelStore
import KernelTesting
import ModuleChat
import Testing

@Suite(.blocking) struct ChatTests {
    @Test func `a chat is named by its first words until somebody names it`() throws {
        let scratch = try ScratchHistory()
        let id = try scratch.begin()
        #expect(try scratch.chat(id).name == "chat \(id.number)")
        try scratch.say("  What is\n the   weather? ", in: id)
        try scratch.say("And tomorrow?", in: id)
        #expect(try scratch.chat(id).name == "What is the weather?")
        try scratch.change(id, .title("Weather"))
        #expect(try scratch.chat(id).name == "Weather")
        try scratch.change(id, .title(nil))
        #expect(try scratch.chat(id).name == "What is the weather?")
    }

    @Test func `a long opening is cut between characters`() throws {
        let scratch = try ScratchHistory()
        let id = try scratch.begin()
        try scratch.say(String(repeating: "ü", count: 200), in: id)
        #expect(try scratch.chat(id).name == String(repeating: "ü", count: 40))
    }

    @Test func `lists show what is asked for, what was touched last first, in parts`() throws {
        let scratch = try ScratchHistory()
        var ids: [ChatID] = []
        for number in 0..<6 {
            var chat = NewChat(
                title: "Chat \(number) ÄRGER", owner: number % 2 == 0 ? nil : "phone")
            chat.tags = number < 3 ? ["low", "t\(number)"] : []
            chat.created = Moment(milliseconds: Int64(number))
            ids.append(try scratch.begin(chat))
        }
        try scratch.say("touched", in: ids[1])
        try scratch.change(ids[4], .deleted(.now))
        func list(_ change: (inout ChatFilter) -> Void) throws -> [Int] {
            var filter = ChatFilter()
            change(&filter)
            return try scratch.list(filter).map { ids.firstIndex(of: $0) ?? -1 }
        }
        #expect(try list { _ in } == [1, 5, 3, 2, 0])
        #expect(try list { $0.scope = .shared } == [2, 0])
        #expect(try list { $0.scope = .client("phone") } == [1, 5, 3])
        #expect(try list { $0.scope = .client("nobody") } == [])
        #expect(try list { $0.tag = "low" } == [1, 2, 0])
        #expect(try list { $0.text = "ärger" } == [1, 5, 3, 2, 0])
        #expect(try list { $0.text = "CHAT 3" } == [3])
        #expect(try list { $0.text = "%" } == [])
        #expect(try list { $0.isDeleted = true } == [4])
        #expect(try list { $0.limit = 2 } == [1, 5])
        let fifth = try scratch.chat(ids[5])
        #expect(try list { $0.after = .init(fifth) } == [3, 2, 0])
        let tags = try Answer.wait { scratch.chats.tags(.all, $0) }
        #expect(tags.map(\.tag) == ["low", "t0", "t1", "t2"] && tags[0].chats == 3)
        #expect(try Answer.wait { scratch.chats.tags(.client("phone"), $0) }.count == 2)
    }

    @Test func `what is changed of a chat raises its revision and survives a restart`() throws {
        let scratch = try ScratchHistory()
        let id = try scratch.begin(NewChat(title: "a"))
        let before = try scratch.chat(id).revision
        try scratch.change(
            id, .title("b"), .tags(["x", "y", "x"]), .mode("inspection"), .model("openai/gpt"))
        let changed = try scratch.chat(id)
        #expect(changed.revision > before)
        #expect(changed.title == "b" && changed.tags == ["x", "y"])
        #expect(changed.mode == "inspection" && changed.model == "openai/gpt")
        try scratch.restart()
        #expect(try scratch.chat(id) == changed)
    }

    @Test func `a deleted chat is not written to, and comes back as it was`() throws {
        let scratch = try ScratchHistory()
        let id = try scratch.begin()
        try scratch.say("hello", in: id)
        try scratch.change(id, .deleted(.now))
        #expect(try scratch.list() == [])
        #expect(refusal { try scratch.say("more", in: id) }?.kind == .refused)
        #expect(try scratch.texts(id) == ["hello"])
        try scratch.change(id, .deleted(nil))
        try scratch.say("more", in: id)
        #expect(try scratch.texts(id) == ["hello", "more"])
        #expect(try scratch.list() == [id])
    }

    @Test func `what is over a limit is refused with a sentence, and changes nothing`() throws {
        let scratch = try ScratchHistory()
        let id = try scratch.begin()
        let long = String(repeating: "x", count: ChatLimits.nameBytesMax + 1)
        let tooMany = (0...ChatLimits.tagsMax).map { "t\($0)" }
        let huge = ChatPart.text(String(repeating: "x", count: ChatLimits.partBytesMax + 1))
        let parts = [ChatPart](repeating: .text("x"), count: ChatLimits.partsMax + 1)
        let messages = [NewMessage](
            repeating: .said("x", by: "a"), count: ChatLimits.messagesPerRequest + 1)
        let attempts: [() throws -> Void] = [
            { _ = try scratch.begin(NewChat(title: long)) },
            { _ = try scratch.begin(NewChat(title: "")) },
            { try scratch.change(id, .title(long)) },
            { try scratch.change(id, .tags(tooMany)) },
            { try scratch.change(id, .tags([""])) },
            { try scratch.append([NewMessage(.user, [huge], by: "a")], to: id) },
            { try scratch.append([NewMessage(.user, parts, by: "a")], to: id) },
            { try scratch.append([.said("x", by: "")], to: id) },
            { try scratch.append(messages, to: id) },
        ]
        for attempt in attempts { #expect(refusal(attempt)?.kind == .tooLarge) }
        #expect(refusal { try scratch.change(id, .tags(["a\nb"])) }?.kind == .refused)
        let image = ChatPart.image(ChatImage(mediaType: "image/png", base64: "no base64!"))
        #expect(
            refusal { try scratch.append([NewMessage(.user, [image], by: "a")], to: id) }?.kind
                == .refused)
        #expect(try scratch.chat(id).revision == 0)
        #expect(try scratch.list() == [id])
    }

    @Test func `what is not there is an error with its name`() throws {
        let scratch = try ScratchHistory()
        let chat = ChatID(number: 7)
        let message = MessageID(number: 9)
        let chats = scratch.chats
        let errors = [
            refusal { _ = try scratch.chat(chat) }, refusal { try scratch.say("x", in: chat) },
            refusal { _ = try scratch.page(chat) }, refusal { try scratch.purge(chat) },
            refusal { try scratch.change(chat, .title("x")) },
            refusal {
                _ = try Answer.wait { chats.prompt(of: chat, messagesMax: 1, bytesMax: 1, $0) }
            },
            refusal { _ = try scratch.find("x", in: chat) },
        ]
        for error in errors {
            #expect(error?.kind == .unknown)
            #expect(error?.description.contains("c7") == true)
        }
        #expect(refusal { _ = try scratch.message(message) }?.description.contains("m9") == true)
        #expect(refusal { try scratch.record([], of: message) }?.kind == .unknown)
    }

    @Test func `names of chats and messages are read back`() {
        #expect(ChatID("c12") == ChatID(number: 12))
        #expect(ChatID("C12") == ChatID(number: 12))
        #expect(ChatID("12") == ChatID(number: 12))
        #expect(MessageID("m3") == MessageID(number: 3))
        for text in ["", "c", "c0", "c-1", "m12", "c1x", "c+1", "99999999999999999999"] {
            #expect(ChatID(text) == nil)
        }
        #expect("\(ChatID(number: 12)) \(MessageID(number: 3))" == "c12 m3")
    }
}
