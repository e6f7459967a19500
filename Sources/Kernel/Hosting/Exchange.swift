// An exchange is a call whose input comes in pieces and that tells events: what a provider of
// models does for one order (mod/provider.h).

/// What a provider is given after it was asked for its request, in this order.
package enum ExchangeFeed: Sendable, Hashable {
    /// The head of the server's answer.
    case head([UInt8])
    case pieces([[UInt8]])
    /// Always the last, also of an exchange that came to no answer.
    case end(isWhole: Bool)
}

/// What a provider has read, or what it wants to be sent.
package struct ExchangeEvent: Sendable, Hashable {
    /// Of `mod_event_kind`, or `request`.
    package var kind: UInt32
    package var index: UInt32
    package var value: [UInt8]

    package init(kind: UInt32, index: UInt32 = 0, value: [UInt8]) {
        self.kind = kind
        self.index = index
        self.value = value
    }

    /// What `encode` wrote: no event of the contract.
    package static let request: UInt32 = 0
}

/// How much one exchange tells: a value. Held to wherever the module lives.
package struct ExchangeBudget: Sendable, Hashable {
    /// An event of more is a mistake.
    package static let eventBytesMax = 8 << 20
    package static let requestBytesMax = 64 << 20
    package static let descriptionBytesMax = 1 << 20
    /// All events of one exchange.
    package static let bytesMax = 64 << 20
    /// What it costs to take an event, however small: as if it had so many bytes.
    private static let eventBytesMin = 64

    private var bytes = 0

    package init() {}

    /// False if it would be too much: the exchange is over then.
    package mutating func takes(_ count: Int) -> Bool {
        bytes += max(count, Self.eventBytesMin)
        return count <= Self.eventBytesMax && bytes <= Self.bytesMax
    }

    package static let overrun =
        "it told more than \(bytesMax >> 20) MiB of events, or \(eventBytesMax >> 20) MiB in one"
}

extension CallListener {
    /// Tasks tell none.
    package func callTold(_ event: ExchangeEvent) {}
    package func callReturned(from place: UInt64) {}
}
