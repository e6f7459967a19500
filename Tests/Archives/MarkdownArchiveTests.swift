import KernelArchives
import KernelHistory
import KernelStore
import KernelTesting
import ModuleChat
import ModuleJSON
import Testing

@Suite(.blocking) struct MarkdownArchiveTests {
    static let texts = [
        "plain", "two\nlines", "\n\nlines around\n\n", "# a heading\n## Ann, 2026", " spaces ",
        "<!-- message user 1 x -->", "\\<!-- part text -->\n\\\\<!-- message ",
        "```\n<!-- part text -->\n```", "<!-- kernel-chat 1 -->", "ends in a line feed\n",
        "windows\r\nline\r", "zero\u{0}byte", "ü 日本 😀 \u{2028} \u{85}", "\n", "-->",
    ]

    @Test(arguments: [1, 11, 1 << 16])
    func `what was said comes back exactly, whatever it looks like`(pieces: Int) throws {
        let scratch = try ScratchArchive()
        let chat = try scratch.begin(NewChat(title: "A title\nin two lines"))
        let messages = Self.texts.enumerated().map { index, text in
            var message = NewMessage(
                index % 2 == 0 ? .user : .assistant, [.text(text)], by: "ann -- \(index)")
            message.created = Moment(milliseconds: Int64(index) * 1_000)
            return message
        }
        try scratch.append(messages, to: chat)
        let result = try scratch.read(try scratch.write(chat, .markdown), pieces: pieces)
        #expect(try scratch.texts(result.chat.id) == Self.texts)
        #expect(result.chat.title == "A title in two lines" && result.leftOut == 0)
        let page = try Answer.wait { scratch.chats.page(of: result.chat.id, PageQuery(), $0) }
        #expect(page.messages.map(\.role) == messages.map(\.role))
        #expect(page.messages.map(\.created) == messages.map(\.created))
    }

    @Test func `it can be read, and says what a tool did`() throws {
        let scratch = try ScratchArchive()
        let chat = try scratch.begin(NewChat(title: "Files"))
        let call = ChatToolCall(id: "1", name: "fs.read", arguments: ["path": "/a"])
        let result = ChatToolResult(call: "1", name: "fs.read", text: "```\n<!-- part text -->")
        var answer = NewMessage(
            .assistant, [.thinking(ChatThinking("hm")), .text("I read."), .toolCall(call)],
            by: "model")
        answer.created = Moment(milliseconds: 0)
        answer.state = .interrupted
        var tool = NewMessage(.tool, [.toolResult(result)], by: "fs")
        tool.created = Moment(milliseconds: 60_000)
        try scratch.append([answer, tool], to: chat)
        let text = String(decoding: try scratch.write(chat, .markdown), as: UTF8.self)
        #expect(
            text == """
                <!-- kernel-chat 1 -->
                # Files

                <!-- message assistant 0 model -->
                ## model, 1970-01-01 00:00 UTC

                *interrupted*

                <!-- part thinking -->

                ```thinking
                hm
                ```

                <!-- part text -->

                I read.

                <!-- part toolCall -->

                Calls `fs.read`:

                ```json
                {
                  "path": "/a"
                }
                ```

                <!-- message tool 60000 fs -->
                ## fs, 1970-01-01 00:01 UTC

                <!-- part toolResult -->

                `fs.read` answered:

                ````
                ```
                \\<!-- part text -->
                ````


                """)
        let back = try scratch.read(Array(text.utf8))
        #expect(try scratch.texts(back.chat.id) == ["I read."])
        #expect(back.messages == 1 && back.leftOut == 4)
    }

    @Test func `a long conversation goes through in pages, without its other branches`() throws {
        let scratch = try ScratchArchive()
        let chat = try scratch.begin()
        let ids = try scratch.append((0..<450).map { .said("\($0)", by: "ann") }, to: chat)
        try scratch.append([.said("other", by: "ann")], to: chat, .beside(ids[400]))
        let back = try scratch.read(try scratch.write(chat, .markdown)).chat
        #expect(try scratch.texts(back.id) == scratch.texts(chat))
        #expect(back.messages == 401)
        // What happens to the chat meanwhile does not matter.
        let first = try Answer.wait {
            ChatExport(chat, .markdown).page(from: scratch.chats, $0)
        }
        _ = try Answer.wait { scratch.chats.switchBranch(of: chat, to: ids[400], $0) }
        var bytes = first.bytes
        var next = first.next
        while let export = next {
            let page = try Answer.wait { export.page(from: scratch.chats, $0) }
            bytes += page.bytes
            next = page.next
        }
        #expect(try scratch.read(bytes).messages == 401)
        let empty = try scratch.begin()
        #expect(try scratch.read(scratch.write(empty, .markdown)).messages == 0)
    }

    @Test(arguments: [
        "Hello", "# A title\n\ntext", "<!-- message user 1 a -->\n",
        "<!-- kernel-chat 1 -->\n<!-- message god 1 a -->\n",
        "<!-- kernel-chat 1 -->\n<!-- message user one a -->\n",
        "<!-- kernel-chat 1 -->\n<!-- message user -->\n", "\u{FF}\u{0}\n",
    ])
    func `other Markdown is refused`(text: String) throws {
        let scratch = try ScratchArchive()
        #expect(refusal { _ = try scratch.read(Array(text.utf8)) }?.kind == .refused)
        #expect(try scratch.sizes().messages == 0)
    }
}
