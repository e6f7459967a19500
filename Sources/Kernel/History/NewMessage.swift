package import KernelStore
package import ModuleChat

/// A message that is to be kept.
package struct NewMessage: Sendable, Hashable {
    package var role: ChatRole
    package var kind: MessageKind = .said
    package var parts: [ChatPart]
    /// A client's name, or the reference of a model.
    package var author: String
    /// The message that its turn began with; nil: itself.
    package var turn: MessageID?
    /// One that is open is written to by `record`.
    package var state: MessageState = .done
    /// Of a summary: the last message that it stands for.
    package var covers: MessageID?
    package var finish: String?
    package var spending: Spending?
    /// Nil: now.
    package var created: Moment?
    package var ended: Moment?

    package init(_ role: ChatRole, _ parts: [ChatPart], by author: String) {
        self.role = role
        self.parts = parts
        self.author = author
    }

    /// What somebody said.
    package static func said(_ text: String, by author: String) -> NewMessage {
        NewMessage(.user, [.text(text)], by: author)
    }

    /// An answer that is about to be written.
    package static func answer(by model: String, turn: MessageID) -> NewMessage {
        var message = NewMessage(.assistant, [], by: model)
        message.turn = turn
        message.state = .open
        return message
    }
}

/// Where in the tree messages are added. The last one becomes the head.
package enum MessagePlace: Sendable, Hashable {
    /// Behind the newest one.
    case atHead
    case after(MessageID)
    /// Instead of this one, which stays on a branch of its own: another answer, or an edited
    /// question.
    case beside(MessageID)
}

/// A message of another store, with its place among those that are adopted with it.
package struct AdoptedMessage: Sendable, Hashable {
    package var message: NewMessage
    package var parent: Reference?
    package var covers: Reference?
    /// Nil: itself.
    package var turn: Reference?

    package enum Reference: Sendable, Hashable {
        case stored(MessageID)
        /// An earlier one of the same request.
        case request(Int)
    }

    package init(_ message: NewMessage, parent: Reference? = nil) {
        self.message = message
        self.parent = parent
    }
}
