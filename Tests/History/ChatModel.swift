import KernelHistory
import KernelStore

/// What chats must be, said in the simplest way: everything in memory, every question answered by
/// walking.
struct ChatModel {
    struct Message {
        var chat: ChatID
        var parent: MessageID?
        var text: String
        var state: MessageState
    }

    struct Chat {
        var head: MessageID?
        var origin: MessageID?
        var isDeleted = false
    }

    var chats: [ChatID: Chat] = [:]
    var messages: [MessageID: Message] = [:]

    func way(to id: MessageID?) -> [MessageID] {
        var way: [MessageID] = []
        var next = id
        while let id = next {
            way.append(id)
            next = messages[id]?.parent
        }
        return way.reversed()
    }

    func texts(_ chat: ChatID) -> [String] {
        way(to: chats[chat]?.head).map { messages[$0]?.text ?? "?" }
    }

    /// Its own, and what it shares.
    func visible(in chat: ChatID) -> Set<MessageID> {
        Set(messages.filter { $0.value.chat == chat }.keys)
            .union(way(to: chats[chat]?.origin))
    }

    /// In any chat that is not deleted.
    var findable: Set<MessageID> {
        chats.filter { !$0.value.isDeleted }.keys.reduce(into: []) { $0.formUnion(visible(in: $1)) }
    }

    /// What was its own and no other chat stands on is gone.
    mutating func purge(_ chat: ChatID) {
        chats[chat] = nil
        let ends = chats.values.flatMap { [$0.head, $0.origin].compactMap(\.self) }
        let own = messages.filter { chats[$0.value.chat] != nil }.keys
        let needed = Set((ends + own).flatMap { way(to: $0) })
        messages = messages.filter { needed.contains($0.key) }
    }

    /// The newest way down.
    func leaf(beneath id: MessageID, in chat: ChatID) -> MessageID {
        let shared = way(to: chats[chat]?.origin)
        var leaf = id
        while true {
            let own = messages.filter { $0.value.parent == leaf && $0.value.chat == chat }.keys
                .max()
            let next = own ?? shared.first { messages[$0]?.parent == leaf }
            guard let next else { return leaf }
            leaf = next
        }
    }
}
