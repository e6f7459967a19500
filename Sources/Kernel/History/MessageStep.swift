package import ModuleChat

/// What is written to an open message. One of its parts at most is open: the last one.
package enum MessageStep: Sendable, Hashable {
    /// A part that goes on; what it has so far. Ends the one before.
    case begin(ChatPart)
    /// More of the open part.
    case piece(String)
    /// Ends the open part: as it was written, or as it turned out to be.
    case end(ChatPart?)
    /// A part that is whole already. Ends the one before.
    case whole(ChatPart)
    /// Ends the message, and its open part as it was written.
    case finish(MessageEnd)
}

package struct MessageEnd: Sendable, Hashable {
    package var state: MessageState
    /// Why, in the words of whoever ends it.
    package var finish: String?
    package var spending: Spending?

    package init(_ state: MessageState, finish: String? = nil, spending: Spending? = nil) {
        precondition(state != .open, "an end is not open")
        self.state = state
        self.finish = finish
        self.spending = spending
    }
}

/// What came of steps.
package struct MessageChange: Sendable, Hashable {
    /// Of the chat.
    package var revision: Int64
    /// The last part, and how many bytes of text it has.
    package var part: PartID?
    package var partBytes: Int
}
