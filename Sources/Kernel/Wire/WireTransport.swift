import Synchronization

/// A way for messages between one client and the kernel.
package protocol WireTransport: AnyObject, Sendable {
    /// Hands a message to the other side; in order, and never waiting for it to be dealt with.
    func send(_ message: WireMessage)
    /// The same of what many are told, whose line is made once.
    func send(_ message: WireMessage, line: [UInt8])
    /// Begins to take messages. `receive` is called for one at a time, in order, and must not
    /// block; `closed` once, when the other side is gone.
    func start(
        receive: @escaping @Sendable (WireMessage) -> Void, closed: @escaping @Sendable () -> Void)
    func close()
}

extension WireTransport {
    package func send(_ message: WireMessage, line: [UInt8]) { send(message) }
}

/// The two ends of a conversation within one process: the REPL of `kernel --dev` speaks to the
/// same server code as a client at a socket. An end that was closed keeps nobody who listened: they
/// hold it, as a rule.
package final class InMemoryTransport: WireTransport {
    private struct Listener {
        let receive: @Sendable (WireMessage) -> Void
        let closed: @Sendable () -> Void
    }

    private struct State {
        var peer: InMemoryTransport?
        var listener: Listener?
        /// What came before anybody listened, or while one message is being dealt with.
        var waiting = WireBacklog()
        var isDelivering = false
        /// The other side is gone. This one hears of it after all that came before.
        var hasEnded = false
    }

    private enum Delivery {
        case message(WireMessage, Listener)
        case end(Listener)
    }

    private let state = Mutex(State())

    package static func pair() -> (InMemoryTransport, InMemoryTransport) {
        let one = InMemoryTransport()
        let other = InMemoryTransport()
        one.state.withLock { $0.peer = other }
        other.state.withLock { $0.peer = one }
        return (one, other)
    }

    package func send(_ message: WireMessage) {
        state.withLock { $0.peer }?.take(message)
    }

    package func start(
        receive: @escaping @Sendable (WireMessage) -> Void, closed: @escaping @Sendable () -> Void
    ) {
        state.withLock { $0.listener = Listener(receive: receive, closed: closed) }
        deliver()
    }

    package func close() {
        // Freed without the lock: they may hold this end.
        let (peer, _) = state.withLock { state in
            defer { (state.peer, state.listener) = (nil, nil) }
            return (state.peer, state.listener)
        }
        peer?.peerClosed()
    }

    private func peerClosed() {
        _ = state.withLock { state in
            state.hasEnded = true
            defer { state.peer = nil }
            return state.peer
        }
        deliver()
    }

    private func take(_ message: WireMessage) {
        state.withLock { $0.waiting.add(message) }
        deliver()
    }

    /// One thread at a time delivers, so that messages keep their order, and the end is last.
    private func deliver() {
        while let next = nextDelivery() {
            switch next {
            case .message(let message, let listener):
                listener.receive(message)
                state.withLock { $0.isDelivering = false }
            case .end(let listener): listener.closed()
            }
        }
    }

    private func nextDelivery() -> Delivery? {
        state.withLock { state in
            guard !state.isDelivering, let listener = state.listener else { return nil }
            if let message = state.waiting.takeFirst() {
                state.isDelivering = true
                return .message(message, listener)
            }
            guard state.hasEnded else { return nil }
            state.listener = nil
            return .end(listener)
        }
    }
}
