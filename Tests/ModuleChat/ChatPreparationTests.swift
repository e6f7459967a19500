import ModuleChat
import ModuleJSON
import Testing

/// Any provider goes on from any other's chat, at any turn.
struct ChatPreparationTests {
    private static let own = ChatSeal(maker: "gemini", value: "g")
    private static let foreign = ChatSeal(maker: "anthropic", value: "a")

    private static func call(_ id: String, _ seal: ChatSeal? = nil) -> ChatPart {
        .toolCall(ChatToolCall(id: id, name: "fs.read", arguments: ["path": "x"], seal: seal))
    }

    private static func result(_ call: String) -> ChatPart {
        .toolResult(ChatToolResult(call: call, name: "fs.read", text: "content"))
    }

    private static func prepared(
        _ messages: [ChatMessage], _ change: (inout ChatTarget) -> Void = { _ in }
    ) -> ChatPreparation {
        var target = ChatTarget(maker: "gemini")
        change(&target)
        return ChatPreparation(messages, for: target)
    }

    @Test func `seals go back to who made them, and to nobody else`() {
        let chat = [
            ChatMessage(
                .assistant,
                [
                    .thinking(ChatThinking("mine", seal: Self.own)),
                    .thinking(ChatThinking("its", seal: Self.foreign)),
                    .thinking(ChatThinking("unsealed")), Self.call("1", Self.own),
                    Self.call("2", Self.foreign),
                ]),
            ChatMessage(.tool, [Self.result("1"), Self.result("2")]),
        ]
        #expect(
            Self.prepared(chat).messages[0].parts == [
                .thinking(ChatThinking("mine", seal: Self.own)), Self.call("1", Self.own),
                Self.call("2"),
            ])
        let none = Self.prepared(chat) { $0.takesThinking = false }
        #expect(none.messages[0].parts == [Self.call("1", Self.own), Self.call("2")])
    }

    @Test func `a call whose result never came gets one that says so`() {
        let calls = ChatMessage(.assistant, [Self.call("1"), Self.call("2")])
        let chats = [
            [calls], [calls, ChatMessage(.tool, [Self.result("1")])],
            [calls, ChatMessage(.user, "and now?")],
            [calls, ChatMessage(.tool, [Self.result("1")]), ChatMessage(.user, "and now?")],
        ]
        for chat in chats {
            let messages = Self.prepared(chat).messages
            #expect(messages[1].role == .tool)
            let results = messages[1].toolResults
            #expect(Set(results.map(\.call)) == ["1", "2"])
            #expect(results.last?.isError == true && results.last?.call == "2")
            #expect(messages.count == (chat.last?.role == .user ? 3 : 2))
        }
    }

    @Test func `a whole round is left as it is`() {
        let chat = [
            ChatMessage(.system, "s"), ChatMessage(.user, "u"),
            ChatMessage(.assistant, [Self.call("1")]), ChatMessage(.tool, [Self.result("1")]),
            ChatMessage(.assistant, "done"), ChatMessage(.user, "more"),
        ]
        let prepared = Self.prepared(chat)
        #expect(prepared.messages == chat && prepared.losses.isEmpty)
    }

    @Test func `a model without tools is told of calls and results in words`() {
        let prepared = Self.prepared([
            ChatMessage(.user, "u"), ChatMessage(.assistant, [.text("I look."), Self.call("1")]),
            ChatMessage(.tool, [Self.result("1")]), ChatMessage(.user, "so?"),
        ]) { $0.takesTools = false }
        #expect(prepared.messages.map(\.role) == [.user, .assistant, .user])
        #expect(prepared.messages[1].text.hasSuffix("[called fs.read with {\"path\":\"x\"}]"))
        #expect(prepared.messages[2].text == "[result of fs.read]\ncontent\n\nso?")
        #expect(prepared.losses.count == 1)
    }

    @Test func `images that a model cannot see are counted before it is asked`() {
        let image = ChatPart.image(ChatImage(mediaType: "image/png", base64: "AA"))
        let chat = [ChatMessage(.user, [.text("see"), image, image])]
        #expect(Self.prepared(chat).messages == chat)
        let blind = Self.prepared(chat) { $0.takesImages = false }
        #expect(blind.losses == ["2 images cannot be shown to this model, which takes none"])
        #expect(!blind.messages[0].parts.contains(image))
    }

    @Test func `notices and empty messages are not sent, and neighbours of one side are joined`() {
        let prepared = Self.prepared([
            ChatMessage(.user, "a"), ChatMessage(.assistant, [.notice("cut short")]),
            ChatMessage(.user, "b"), ChatMessage(.assistant, ""), ChatMessage(.assistant, "c"),
        ])
        #expect(
            prepared.messages == [
                ChatMessage(.user, [.text("a"), .text("\n\nb")]), ChatMessage(.assistant, "c"),
            ])
    }

    @Test func `a result whose call is gone is told in words, after the results of the others`() {
        let prepared = Self.prepared([
            ChatMessage(.tool, [Self.result("0")]), ChatMessage(.user, "u"),
            ChatMessage(.assistant, [Self.call("1")]),
            ChatMessage(.tool, [Self.result("9"), Self.result("1"), Self.result("1")]),
            ChatMessage(.user, "so?"),
        ])
        #expect(prepared.messages.map(\.role) == [.user, .assistant, .tool, .user])
        #expect(prepared.messages[0].text == "[result of fs.read]\ncontent\n\nu")
        #expect(prepared.messages[2].parts == [Self.result("1")])
        #expect(prepared.messages[3].text.hasPrefix("[result of fs.read]\ncontent\n\n[result"))
        #expect(prepared.messages[3].text.hasSuffix("\n\nso?"))
        #expect(Self.prepared(prepared.messages).messages == prepared.messages)
    }

    @Test func `images of a type that the provider does not take are said before it is asked`() {
        let gif = ChatPart.image(ChatImage(mediaType: "image/gif", base64: "AA"))
        let png = ChatPart.image(ChatImage(mediaType: "image/png", base64: "AA"))
        let prepared = Self.prepared([ChatMessage(.user, [gif, png])]) {
            $0.imageTypes = ["image/png"]
        }
        #expect(
            prepared.losses == ["images of the type image/gif cannot be shown to this model"])
        #expect(prepared.messages[0].parts.last == png)
        #expect(prepared.messages[0].text.contains("image/gif"))
    }

    @Test func `to prepare what is prepared changes nothing`() {
        let chat = [
            ChatMessage(.user, "u"), ChatMessage(.assistant, [Self.call("1", Self.foreign)]),
            ChatMessage(.user, "again"), ChatMessage(.user, [.notice("n")]),
        ]
        let once = Self.prepared(chat).messages
        #expect(Self.prepared(once).messages == once)
    }
}
