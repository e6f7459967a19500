import KernelBase
package import KernelStore
package import ModuleChat

/// One message as it is kept. Once it has ended nothing changes in it any more, but that a summary
/// can be withdrawn, and is cancelled then.
package struct MessageRecord: Sendable, Hashable, NumberedRecord {
    package static let letter = "m"

    package var id: MessageID
    /// Where it was written: forks share it.
    package var chat: ChatID
    /// The message before it; nil for the first one.
    package var parent: MessageID?
    /// Its place in its conversation, from 1 on.
    package var depth: Int
    package var role: ChatRole
    package var kind: MessageKind
    /// The message that its turn began with, which may be itself.
    package var turn: MessageID
    package var state: MessageState
    /// A client's name, or the reference of a model.
    package var author: String
    package var created: Moment
    package var ended: Moment?
    /// Why it ended, in the words of whoever ended it.
    package var finish: String?
    /// Of a summary: the last message that it stands for.
    package var covers: MessageID?
    /// The revision of its chat that last changed it.
    package var revision: Int64
    package var spending: Spending?
    package var parts: [PartRecord]

    /// As a provider reads it.
    package var message: ChatMessage { ChatMessage(role, parts.map(\.content)) }
}

/// What a message is to the conversation. The numbers are in the database: they never change.
package enum MessageKind: Int64, Sendable, Hashable, NamedChoice {
    case said = 0
    /// Stands in prompts for what came before it.
    case summary = 1
    /// By the kernel, for people: no model is shown it.
    case notice = 2

    package var name: String {
        switch self {
        case .said: "said"
        case .summary: "summary"
        case .notice: "notice"
        }
    }
}

/// The numbers are in the database: they never change.
package enum MessageState: Int64, Sendable, Hashable, NamedChoice {
    /// It is being written.
    case open = 0
    case done = 1
    /// The kernel ended while it was written.
    case interrupted = 2
    case failed = 3
    case cancelled = 4

    package var name: String {
        switch self {
        case .open: "open"
        case .done: "done"
        case .interrupted: "interrupted"
        case .failed: "failed"
        case .cancelled: "cancelled"
        }
    }
}

package struct PartRecord: Sendable, Hashable {
    package var id: PartID
    package var isOpen: Bool
    /// As far as it has been written. An image may have been left out: then it has no bytes.
    package var content: ChatPart

    package init(_ id: PartID, _ content: ChatPart, isOpen: Bool) {
        self.id = id
        self.content = content
        self.isOpen = isOpen
    }
}

/// A part's message, and its place there from 0 on.
package struct PartID: Sendable, Hashable {
    package var message: MessageID
    package var place: Int

    package init(_ message: MessageID, _ place: Int) {
        self.message = message
        self.place = place
    }

    /// Parts are numbered so that those of one message stand together, in the order of messages.
    static let placeBits: Int64 = 10

    init(number: Int64) {
        self.init(
            MessageID(number: number >> Self.placeBits),
            Int(number & (1 << Self.placeBits - 1)))
    }

    var number: Int64 { message.number << Self.placeBits | Int64(place) }

    static func numbers(of message: MessageID) -> ClosedRange<Int64> {
        PartID(message, 0).number...PartID(message, 1 << placeBits - 1).number
    }
}
