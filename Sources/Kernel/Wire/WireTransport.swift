import Synchronization

/// A way for messages between one client and the kernel.
package protocol WireTransport: AnyObject, Sendable {
    /// Hands a message to the other side; in order, and never waiting for it to be dealt with.
    func send(_ message: WireMessage)
    /// The same of what many are told, whose line is made once.
    func send(_ message: WireMessage, line: [UInt8])
    /// Begins to take messages.
    func start(_ reader: WireReader)
    /// The reader has taken what it had, and takes more: to be called whenever it was full.
    func resume()
    /// Whether the other side has not taken what was said: what can wait is to wait, until the
    /// reader is `relieved`.
    var isCrowded: Bool { get }
    func close()
}

/// Who takes what comes over a transport.
package struct WireReader: Sendable {
    /// Called for one message at a time, in order. Must not block.
    package let receive: @Sendable (WireMessage) -> Void
    /// Once, when the other side is gone.
    package let closed: @Sendable () -> Void
    /// Whether nothing more is taken now. Asked under a lock of the transport's.
    package var isFull: @Sendable () -> Bool = { false }
    /// The other side takes more again.
    package var relieved: @Sendable () -> Void = {}

    package init(
        receive: @escaping @Sendable (WireMessage) -> Void, closed: @escaping @Sendable () -> Void
    ) {
        self.receive = receive
        self.closed = closed
    }
}

extension WireTransport {
    package func send(_ message: WireMessage, line: [UInt8]) { send(message) }

    package func start(
        receive: @escaping @Sendable (WireMessage) -> Void, closed: @escaping @Sendable () -> Void
    ) {
        start(WireReader(receive: receive, closed: closed))
    }

    /// For those that hand on at once what they are told.
    package func resume() {}
}

/// The two ends of a conversation within one process: the REPL of `kernel --dev` speaks to the
/// same server code as a client at a socket. An end that was closed keeps nobody who read there:
/// they hold it, as a rule.
package final class InMemoryTransport: WireTransport {
    private struct State {
        var peer: InMemoryTransport?
        var reader: WireReader?
        /// The reader was full.
        var isHeld = false
        /// What came before anybody listened, or while one message is being dealt with.
        var waiting = WireBacklog()
        var isDelivering = false
        /// The other side is gone. This one hears of it after all that came before.
        var hasEnded = false
    }

    private enum Delivery {
        case message(WireMessage, WireReader)
        case end(WireReader)
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

    package func start(_ reader: WireReader) {
        state.withLock { $0.reader = reader }
        deliver()
    }

    package var isCrowded: Bool {
        state.withLock { $0.peer }?.state.withLock { $0.isHeld } ?? false
    }

    package func resume() {
        let (peer, wasHeld) = state.withLock { state in
            defer { state.isHeld = false }
            return (state.peer, state.isHeld)
        }
        guard wasHeld else { return }
        deliver()
        guard !state.withLock({ $0.isHeld }) else { return }
        peer?.state.withLock { $0.reader }?.relieved()
    }

    package func close() {
        // Freed without the lock: they may hold this end.
        let (peer, _) = state.withLock { state in
            defer { (state.peer, state.reader) = (nil, nil) }
            return (state.peer, state.reader)
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
            case .message(let message, let reader):
                reader.receive(message)
                state.withLock { $0.isDelivering = false }
            case .end(let reader): reader.closed()
            }
        }
    }

    private func nextDelivery() -> Delivery? {
        state.withLock { state in
            guard !state.isDelivering, let reader = state.reader else { return nil }
            if state.waiting.isEmpty, state.hasEnded {
                state.reader = nil
                return .end(reader)
            }
            guard !state.isHeld else { return nil }
            guard !reader.isFull() else {
                state.isHeld = true
                return nil
            }
            guard let message = state.waiting.takeFirst() else { return nil }
            state.isDelivering = true
            return .message(message, reader)
        }
    }
}
