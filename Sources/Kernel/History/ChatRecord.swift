package import KernelStore

/// A chat as it is in lists. Its messages form a tree, of which the path from the root to the head
/// is the conversation.
package struct ChatRecord: Sendable, Hashable, NumberedRecord {
    package static let letter = "c"

    package var id: ChatID
    /// As somebody named it; nil: nobody has.
    package var title: String?
    /// The first words of the first message.
    package var opening: String
    package var tags: [String]
    /// The client whose chat it is; nil: everybody's.
    package var owner: String?
    package var mode: String?
    package var model: String?
    package var created: Moment
    /// When something was last said in it.
    package var touched: Moment
    /// The newest message of the conversation; nil if nothing was said yet.
    package var head: MessageID?
    package var origin: Origin?
    /// When it was deleted, which can be undone until it is purged.
    package var deleted: Moment?
    /// Raised by everything that changes in it.
    package var revision: Int64
    /// Written in this chat, on all branches; not what it shares with the chat it was forked from.
    package var messages: Int
    package var bytes: Int

    /// Where a fork begins.
    package struct Origin: Sendable, Hashable {
        package var chat: ChatID
        package var message: MessageID
    }

    /// What a list calls it.
    package var name: String {
        title ?? (opening.isEmpty ? "chat \(id.number)" : opening)
    }
}

/// A chat that is to begin.
package struct NewChat: Sendable, Hashable {
    package var title: String?
    package var tags: [String] = []
    package var owner: String?
    package var mode: String?
    package var model: String?
    /// Nil: now.
    package var created: Moment?

    package init(title: String? = nil, owner: String? = nil) {
        self.title = title
        self.owner = owner
    }
}

/// What can be changed of a chat. Its messages are never changed, only added to.
package enum ChatChange: Sendable, Hashable {
    /// Nil: named from its first words again.
    case title(String?)
    case tags([String])
    case mode(String?)
    case model(String?)
    /// Nil brings a deleted chat back.
    case deleted(Moment?)
}
