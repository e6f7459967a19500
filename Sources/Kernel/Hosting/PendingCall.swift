package import KernelBase

/// Who wants to hear of a call.
package protocol CallListener: AnyObject, Sendable {
    /// Exactly once, on any thread.
    func callFinished(_ outcome: CallOutcome)
    func callProgressed(fraction: Double?, note: String)
    func callPrinted(_ kind: PayloadKind, _ piece: [UInt8])
    /// Of an exchange, in order.
    func callTold(_ event: ExchangeEvent)
    /// Of an errand: what comes with it is the module's from then on.
    func callHanded(_ descriptor: PassedDescriptor, _ news: ErrandNews)
    /// Of an exchange elsewhere, after what it told: the module has returned from what it was given
    /// as the part of this place. The order has the place 0.
    func callReturned(from place: UInt64)
}

/// A call as it is handed to an instance.
package struct CallRequest: Sendable {
    package var id: UInt64
    /// Index of the task in the manifest.
    package var task: UInt32
    package var mode: RunMode
    package var kind: PayloadKind
    package var arguments: [UInt8]
    /// On the monotonic clock; 0 means none.
    package var deadlineNanoseconds: UInt64

    package init(
        id: UInt64, task: UInt32, mode: RunMode, kind: PayloadKind, arguments: [UInt8],
        deadlineNanoseconds: UInt64
    ) {
        self.id = id
        self.task = task
        self.mode = mode
        self.kind = kind
        self.arguments = arguments
        self.deadlineNanoseconds = deadlineNanoseconds
    }
}
