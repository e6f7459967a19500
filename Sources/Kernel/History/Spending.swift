package import KernelStore
package import ModuleChat

/// What one request to a model used.
package struct Spending: Sendable, Hashable {
    /// The model's reference.
    package var model: String
    package var tokens: ChatUsage
    package var cost: Cost?

    package init(_ model: String, _ tokens: ChatUsage, cost: Cost? = nil) {
        self.model = model
        self.tokens = tokens
        self.cost = cost
    }

    package struct Cost: Sendable, Hashable {
        /// Millionths of the currency's unit.
        package var micros: Int64
        /// As ISO 4217 names it: USD.
        package var currency: String

        package init(micros: Int64, currency: String) {
            self.micros = micros
            self.currency = currency
        }
    }
}

/// An entry of the ledger, which stays when its chat is purged.
package struct SpendingEntry: Sendable, Hashable {
    package var spending: Spending
    package var at: Moment
    package var chat: ChatID?
    package var turn: MessageID?
    /// The answer that it bought; nil if it came to nothing.
    package var message: MessageID?
    /// What ran without anybody attending, by a name of its own.
    package var run: String?

    package init(_ spending: Spending, at moment: Moment, chat: ChatID? = nil) {
        self.spending = spending
        at = moment
        self.chat = chat
    }
}

/// Which entries are added up.
package struct SpendingQuery: Sendable, Hashable {
    package var from: Moment?
    package var until: Moment?
    package var chat: ChatID?
    package var turn: MessageID?
    package var run: String?
    package var grouping: Grouping

    package enum Grouping: Sendable, Hashable {
        /// One sum of everything.
        case none
        case model, chat, turn
        /// By days that begin at midnight so many seconds before that of UTC.
        case day(offsetSeconds: Int64)
    }

    package init(by grouping: Grouping = .none) {
        self.grouping = grouping
    }
}

package struct SpendingSum: Sendable, Hashable {
    /// A model's reference, a chat, a turn, the days since 1970; empty where nothing is told apart.
    package var key: String
    package var requests: Int
    package var input: Int
    package var cached: Int
    package var output: Int
    package var thinking: Int
    /// One for each currency.
    package var costs: [Spending.Cost]
}
