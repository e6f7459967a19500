/// Which messages of a conversation are read, in its order.
package enum MessageWindow: Sendable, Hashable {
    /// The newest ones.
    case last
    /// The ones that it began with.
    case first
    /// The ones before this one, which may be on any branch.
    case before(MessageID)
    /// The ones after this one towards the head; none if it is on another branch.
    case after(MessageID)
    /// This one, half of the others before it and half after it.
    case around(MessageID)
}

package struct PageQuery: Sendable, Hashable {
    package var window: MessageWindow
    /// Whose conversation is read: up to this message, on whatever branch; nil: the chat's head.
    package var head: MessageID?
    /// At most `ChatLimits.pageMax`; fewer if they have more than `ChatLimits.pageBytesMax`.
    package var limit: Int
    /// Without, images have no bytes; `image` reads one.
    package var hasImages: Bool

    package init(_ window: MessageWindow = .last, limit: Int = 50, hasImages: Bool = false) {
        self.window = window
        self.limit = limit
        self.hasImages = hasImages
    }
}

package struct MessagePage: Sendable, Hashable {
    package var chat: ChatRecord
    /// The oldest first.
    package var messages: [MessageRecord]
    package var hasEarlier: Bool
    package var hasLater: Bool
}

/// What a prompt is made from.
package struct PromptPath: Sendable, Hashable {
    package var chat: ChatRecord
    /// The newest summary on the path, which stands for all that came before `messages`.
    package var summary: MessageRecord?
    /// What follows, the oldest first, without summaries and notices.
    package var messages: [MessageRecord]
    /// Older ones were left out, since there are more than asked for.
    package var isCut: Bool
}

/// What a client missed.
package struct ChatNews: Sendable, Hashable {
    package var chat: ChatRecord
    /// Those that changed or came, as they are now, by the revision that last changed each.
    package var messages: [MessageRecord]
    /// More changed than was asked for, or what the client knows never was: it begins anew.
    package var isTooLate: Bool
}

/// How much there is.
package struct ChatSizes: Sendable, Hashable {
    package var chats = 0
    package var deletedChats = 0
    package var messages = 0
    /// Of all parts, without images.
    package var bytes = 0
    package var images = 0
    package var imageBytes = 0
}
