import KernelDatabase
import KernelHistory
import KernelStore
import KernelTesting
import ModuleChat
import ModuleJSON
import Testing

@Suite(.blocking) struct FormatTests {
    private func execute(_ script: String, _ scratch: ScratchHistory) throws {
        try Connection(opening: scratch.folder.file(SQLiteStore.fileName)).execute(script)
    }

    /// The tables as the kernel before had them.
    @Test func `a database without chats gets them, and keeps what it has`() throws {
        let scratch = try ScratchHistory()
        try Answer.wait { scratch.store.preferences.put("model", "a/b", $0) }
        scratch.store.close()
        let tables = [
            "search", "piece", "part", "image", "spending", "chat_tag", "message", "chat",
        ]
        try execute(
            "PRAGMA foreign_keys = OFF; "
                + tables.map { "DROP TABLE \($0);" }.joined() + "PRAGMA user_version = 4;",
            scratch)
        try scratch.restart()
        #expect(try Answer.wait { scratch.store.preferences.value(of: "model", $0) } == "a/b")
        let chat = try scratch.begin()
        let id = try scratch.say("needle", in: chat)
        #expect(try scratch.find("needle") == [id])
    }

    @Test func `a database of a newer kernel is left as it is`() throws {
        let scratch = try ScratchHistory()
        let chat = try scratch.begin()
        try scratch.say("kept", in: chat)
        scratch.store.close()
        try execute("PRAGMA user_version = 1000", scratch)
        let error = refusal { try scratch.restart() }
        #expect(error?.kind == .refused && error?.description.contains("newer kernel") == true)
        try execute("PRAGMA user_version = 5", scratch)
        try scratch.restart()
        #expect(try scratch.texts(chat) == ["kept"])
    }

    @Test func `what is damaged in a row is said, and no crash`() throws {
        let scratch = try ScratchHistory()
        let chat = try scratch.begin()
        let call = ChatPart.toolCall(ChatToolCall(id: "1", name: "x", arguments: [:]))
        try scratch.append([NewMessage(.assistant, [call], by: "m")], to: chat)
        for damage in [
            "UPDATE part SET detail = 'no JSON'", "UPDATE part SET detail = NULL",
            "UPDATE part SET text = '['", "UPDATE part SET kind = 99",
            "UPDATE message SET role = 77", "UPDATE message SET state = -1",
            "UPDATE message SET kind = 12",
        ] {
            try execute(damage, scratch)
            let error = refusal { _ = try scratch.page(chat) }
            #expect(error?.kind == .damaged, "\(damage)")
        }
    }
}
