package import KernelStore
package import ModuleChat

/// What is looked for in the words of messages.
package struct ChatSearch: Sendable, Hashable {
    /// Words that are all there, in whatever form; `"one behind the other"`, `-without`, `begin*`.
    package var text: String
    package var scope: ChatScope = .all
    /// Only in the tree of this chat, deleted or not; nil: in all that are not deleted.
    package var chat: ChatID?
    /// Also what models thought.
    package var hasThinking = false
    /// What tools were given and gave.
    package var hasTools = true
    package var order = Order.newest
    /// Goes on behind the place where an answer ended.
    package var before: Cursor?
    package var limit = 20

    package enum Order: Sendable, Hashable {
        case newest
        /// Of the newest places the ones first that have the words most often for their length.
        /// It cannot be gone on with.
        case best
    }

    package struct Cursor: Sendable, Hashable {
        package var number: Int64

        package init(number: Int64) {
            self.number = number
        }
    }

    package init(_ text: String) {
        self.text = text
    }
}

package struct SearchAnswer: Sendable, Hashable {
    package var hits: [SearchHit]
    /// Where to go on; nil if everything was looked at. There may be one although hits are few.
    package var next: ChatSearch.Cursor?
}

/// A part of a message that has the words.
package struct SearchHit: Sendable, Hashable {
    /// A chat that it can be read in: where it was written, or a fork.
    package var chat: ChatID
    package var name: String
    package var part: PartID
    package var role: ChatRole
    package var author: String
    package var created: Moment
    package var excerpt: [Piece]

    package struct Piece: Sendable, Hashable {
        package var text: String
        package var isMatch: Bool
    }

    package var text: String { excerpt.map(\.text).joined() }
}
