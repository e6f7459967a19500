import KernelBase
import KernelHosting
import Synchronization

/// Sends what an exchange tells back to the kernel: the events of one feed together.
final class RemoteExchange: CallListener {
    private let listener: RemoteListener
    private let state = Mutex(State())

    private struct State {
        var events = ToldEvents()
        /// Of the feed that the module is at.
        var place: UInt64 = 0
        var hasEnded = false
    }

    /// So much is not kept back.
    private static let bytesMax = 32 << 10

    init(_ listener: RemoteListener) {
        self.listener = listener
    }

    func callTold(_ event: ExchangeEvent) {
        let full = state.withLock { state -> Frame? in
            state.events.add(event)
            guard state.events.bytes.count >= Self.bytesMax else { return nil }
            return take(&state, hasReturned: false)
        }
        send(full)
    }

    /// The module has returned from what it was given.
    func returned() {
        send(
            state.withLock { state in
                defer { state.place += 1 }
                return state.hasEnded ? nil : take(&state, hasReturned: true)
            })
    }

    func callFinished(_ outcome: CallOutcome) {
        let rest = state.withLock { state -> Frame? in
            state.hasEnded = true
            return state.events.bytes.isEmpty ? nil : take(&state, hasReturned: false)
        }
        send(rest)
        listener.callFinished(outcome)
    }

    private func take(_ state: inout State, hasReturned: Bool) -> Frame {
        defer { state.events = ToldEvents() }
        return Frame(
            .told, id: listener.call, first: hasReturned ? 1 : 0, second: state.place,
            body: state.events.bytes)
    }

    /// If the kernel is gone there is nobody to tell.
    private func send(_ frame: Frame?) {
        if let frame { try? listener.channel.send(frame) }
    }

    // Exchanges have events instead.

    func callProgressed(fraction: Double?, note: String) {}
    func callPrinted(_ kind: PayloadKind, _ piece: [UInt8]) {}
}
