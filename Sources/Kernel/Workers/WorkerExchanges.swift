import KernelHosting
import Synchronization

/// The worker's side of exchanges: whichever threads receive what belongs to one, it is served in
/// its order, and by one thread at a time.
final class WorkerExchanges: Sendable {
    private final class Line: Sendable {
        let state = Mutex(State())

        struct State {
            var next: UInt64 = 0
            /// By place, until those before them are there.
            var early: [UInt64: Frame] = [:]
            var isServing = false
            var exchange: RemoteExchange?
        }
    }

    private let lines = Mutex<[UInt64: Line]>([:])

    init() {}

    /// The exchange has begun.
    func set(_ exchange: RemoteExchange, of call: UInt64) {
        lines.withLock { $0[call] }?.state.withLock { $0.exchange = exchange }
    }

    func exchange(_ call: UInt64) -> RemoteExchange? {
        lines.withLock { $0[call] }?.state.withLock { $0.exchange }
    }

    /// Takes a frame of the kinds `exchange` and `feed`, and serves what may be served now. Of each
    /// exchange the last one is its end.
    func take(_ frame: Frame, _ serve: (Frame) -> Void) {
        let line = lines.withLock { lines in
            let line = lines[frame.id] ?? Line()
            lines[frame.id] = line
            return line
        }
        let serves = line.state.withLock { state -> Bool in
            state.early[frame.second] = frame
            defer { state.isServing = true }
            return !state.isServing
        }
        guard serves else { return }
        while let frame = next(line) {
            serve(frame)
            if frame.kind == .feed, ExchangeFeed.isEnd(frame) {
                _ = lines.withLock { $0.removeValue(forKey: frame.id) }
            }
        }
    }

    private func next(_ line: Line) -> Frame? {
        line.state.withLock { state in
            guard let frame = state.early.removeValue(forKey: state.next) else {
                state.isServing = false
                return nil
            }
            state.next += 1
            return frame
        }
    }
}

// MARK: Serving them

extension WorkerServer {
    /// In the order of the exchange.
    func serveExchange(_ frame: Frame) {
        if frame.kind == .exchange {
            answering(frame) { try exchange(frame) }
        } else if let feed = try? ExchangeFeed(frame), let instance = try? currentInstance() {
            work { instance.feed(frame.id, feed) }
        }
        exchanges.exchange(frame.id)?.returned()
    }

    private func exchange(_ frame: Frame) throws {
        let instance = try currentInstance()
        let isAdmitted = try admit(frame.id, to: instance) { listener in
            let exchange = RemoteExchange(listener)
            exchanges.set(exchange, of: frame.id)
            return exchange
        }
        if isAdmitted { work { instance.beginExchange(frame.id, order: frame.body) } }
    }
}
