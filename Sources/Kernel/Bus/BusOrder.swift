package import KernelBase

/// What is to be done on a bus, and for whom.
package struct BusOrder: Sendable {
    /// Whose connection it goes over: nobody else's goes over the same.
    package var account: String
    package var bus: BusKind
    package var work: Work
    package var listener: any BusListener
    /// On the monotonic clock; 0 means none.
    package var deadlineNanoseconds: UInt64 = 0
    /// Of an answer, and of each signal, as JSON.
    package var bytesMax = 1 << 20

    package enum Work: Sendable {
        case call(BusCall)
        case listening(BusMatch)
    }

    package init(
        account: String, bus: BusKind, _ work: Work, _ listener: any BusListener
    ) {
        self.account = account
        self.bus = bus
        self.work = work
        self.listener = listener
    }

    /// For sentences.
    var whom: String {
        switch work {
        case .call(let call): "\(call.destination) on the \(bus.name) bus"
        case .listening(let match): "\(match.sender) on the \(bus.name) bus"
        }
    }

    var overdue: BusFailure {
        switch work {
        case .call: BusFailure(.deadline, "\(whom) did not answer in time")
        case .listening: BusFailure(.deadline, "the time to listen to \(whom) is over")
        }
    }
}
