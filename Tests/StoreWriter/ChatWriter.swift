import KernelHistory
import KernelStore
import KernelSystem
import ModuleChat

/// One client that talks, and says what was acknowledged.
struct ChatWriter {
    static let count = 3
    /// What answers consist of, again and again.
    static let piece = "Antwort "

    private let chats: any ChatRecords
    private let name: String

    init(_ chats: any ChatRecords, _ number: Int) {
        self.chats = chats
        name = "client-\(number)"
    }

    func work() {
        do throws(StoreError) {
            while true { try converse() }
        } catch {
            StandardStreams.say("error: \(error)\n")
        }
    }

    /// One chat from its beginning, in most cases to its end.
    private func converse() throws(StoreError) {
        let chat = try Answer.wait { chats.begin(NewChat(), $0) }.id
        StandardStreams.say("begun \(chat) 0\n")
        for _ in 0..<Int.random(in: 1...4) { try turn(in: chat) }
        guard Int.random(in: 0..<3) == 0 else { return }
        StandardStreams.say("purging \(chat) 0\n")
        try Answer.wait { chats.purge(chat, $0) }
        StandardStreams.say("purged \(chat) 0\n")
    }

    private func turn(in chat: ChatID) throws(StoreError) {
        let said = NewMessage.said(Self.piece, by: name)
        let question = try Answer.wait { chats.append([said], to: chat, .atHead, .durable, $0) }
        StandardStreams.say("said \(chat) \(question[0].id)\n")
        let open = NewMessage.answer(by: "model", turn: question[0].id)
        let answer = try Answer.wait { chats.append([open], to: chat, .atHead, .relaxed, $0) }
        let id = answer[0].id
        try record([.begin(.text(""))], of: id, .relaxed)
        for written in 1...Int.random(in: 1...20) {
            try record([.piece(Self.piece)], of: id, .relaxed)
            StandardStreams.say("written \(chat) \(id) \(written)\n")
        }
        try record([.finish(MessageEnd(.done))], of: id, .durable)
        StandardStreams.say("done \(chat) \(id)\n")
    }

    private func record(
        _ steps: [MessageStep], of id: MessageID, _ durability: Durability
    ) throws(StoreError) {
        _ = try Answer.wait { chats.record(steps, of: id, at: .now, durability, $0) }
    }
}
