import KernelSystem
import Synchronization

/// Looks at the exchanges that are in flight, and ends those of which the module does not return.
/// While there are none it does nothing.
final class ExchangeWatch: Sendable {
    private struct State {
        var exchanges: [UInt64: RunningExchange] = [:]
        var isRinging = false
    }

    private let state = Mutex(State())
    private let alarms: Alarms
    let hangSeconds: Double

    /// An exchange is found to hang at most a fourth later than it is to be.
    private static let looksPerHang = 4.0

    init(alarms: Alarms, hangSeconds: Double) {
        self.alarms = alarms
        self.hangSeconds = hangSeconds
    }

    var count: Int { state.withLock { $0.exchanges.count } }

    func add(_ exchange: RunningExchange) {
        let starts = state.withLock { state -> Bool in
            state.exchanges[exchange.id] = exchange
            defer { state.isRinging = true }
            return !state.isRinging
        }
        if starts { ring() }
    }

    func remove(_ id: UInt64) {
        _ = state.withLock { $0.exchanges.removeValue(forKey: id) }
    }

    private func ring() {
        alarms.run(afterSeconds: hangSeconds / Self.looksPerHang) { [weak self] in self?.look() }
    }

    private func look() {
        let exchanges = state.withLock { state in
            state.isRinging = !state.exchanges.isEmpty
            return Array(state.exchanges.values)
        }
        guard !exchanges.isEmpty else { return }
        let now = SystemClock.monotonicNanoseconds
        let patience = UInt64(hangSeconds * 1e9)
        for exchange in exchanges {
            if let since = exchange.stalledSince, now >= since + patience { exchange.endHung() }
        }
        ring()
    }
}
