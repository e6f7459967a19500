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
/// same server code as a client at a socket.
package final class InMemoryTransport: WireTransport {
    private struct State {
        var peer: InMemoryTransport?
        var receive: (@Sendable (WireMessage) -> Void)?
        var closed: (@Sendable () -> Void)?
        /// What came before anybody listened, or while one message is being dealt with.
        var waiting = WireBacklog()
        var isDelivering = false
        var isClosed = false
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
        state.withLock { state in
            state.receive = receive
            state.closed = closed
        }
        deliver()
    }

    package func close() {
        let peer = state.withLock { state in
            defer { state.peer = nil }
            return state.peer
        }
        peer?.peerClosed()
    }

    private func peerClosed() {
        let last = state.withLock { state -> (closed: (@Sendable () -> Void)?, peer: AnyObject?)? in
            guard !state.isClosed else { return nil }
            state.isClosed = true
            defer { state.peer = nil }
            return (state.closed, state.peer)
        }
        // The peer is freed with it, and not under the lock: it may hold this end.
        last?.closed?()
    }

    private func take(_ message: WireMessage) {
        state.withLock { $0.waiting.add(message) }
        deliver()
    }

    /// One thread at a time delivers, so that messages keep their order.
    private func deliver() {
        while true {
            let next = state.withLock { state -> (WireMessage, @Sendable (WireMessage) -> Void)? in
                guard !state.isDelivering, let receive = state.receive,
                    let message = state.waiting.takeFirst()
                else { return nil }
                state.isDelivering = true
                return (message, receive)
            }
            guard let (message, receive) = next else { return }
            receive(message)
            state.withLock { $0.isDelivering = false }
        }
    }
}
