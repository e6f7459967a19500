package import KernelStore

/// Whose chats are meant.
package enum ChatScope: Sendable, Hashable {
    case all
    /// Those that are everybody's.
    case shared
    /// Those of one client.
    case client(String)
}

/// Which chats a list shows, the one that was touched last first.
package struct ChatFilter: Sendable, Hashable {
    package var scope: ChatScope
    package var tag: String?
    /// In the name, whatever its case.
    package var text: String?
    /// Only deleted ones, or only those that are not.
    package var isDeleted = false
    /// Goes on behind this one.
    package var after: Cursor?
    /// At most `ChatLimits.listMax`.
    package var limit = 50

    package struct Cursor: Sendable, Hashable {
        package var touched: Moment
        package var chat: ChatID

        package init(_ chat: ChatRecord) {
            touched = chat.touched
            self.chat = chat.id
        }

        package init(touched: Moment, chat: ChatID) {
            self.touched = touched
            self.chat = chat
        }
    }

    package init(_ scope: ChatScope = .all) {
        self.scope = scope
    }
}

/// A tag and how many chats have it.
package struct TagCount: Sendable, Hashable {
    package var tag: String
    package var chats: Int
}
