import KernelBase
import KernelSystem
import Synchronization

/// Calls methods and hears signals on the buses: all connections of the process are on one thread,
/// which begins with the first. Until then libsystemd is not even mapped.
package final class BusClient: Sendable {
    private let addresses: BusAddresses
    private let idleNanoseconds: UInt64
    private let state = Mutex(State())

    private struct State {
        var orders = BusOrders()
        var lastNumber: UInt64 = 0
        var alert: Alert?
        /// Why nothing can begin any more.
        var failure: BusFailure?

        mutating func takeOrders() -> BusOrders {
            defer { orders = BusOrders() }
            return orders
        }
    }

    private final class Alert: Sendable {
        let wakeUp: WakeUp

        init() throws(SystemError) {
            wakeUp = try WakeUp()
        }
    }

    /// A connection without work is kept for so many seconds: services forget those who have left.
    package init(_ addresses: BusAddresses, idleSeconds: Double) {
        self.addresses = addresses
        idleNanoseconds = SystemClock.nanoseconds(ofSeconds: idleSeconds)
    }

    /// Begins what is ordered. The listener hears of its end in any case, perhaps before this
    /// returns.
    @discardableResult
    package func begin(_ order: BusOrder) -> BusTicket {
        let (ticket, failure) = state.withLock { state -> (BusTicket, BusFailure?) in
            state.lastNumber += 1
            let ticket = BusTicket(
                number: state.lastNumber,
                link: BusLink.Key(account: order.account, bus: order.bus))
            guard state.failure == nil else { return (ticket, state.failure) }
            if let failure = start(&state) { return (ticket, failure) }
            state.orders.begins.append(.init(ticket: ticket, order: order))
            state.alert?.wakeUp.signal()
            return (ticket, nil)
        }
        if let failure { order.listener.ended(failure) }
        return ticket
    }

    /// Ends it at once; one that has ended is left alone. What a service was asked it may do all
    /// the same.
    package func cancel(_ ticket: BusTicket) {
        post { $0.cancels.append(ticket) }
    }

    /// The listener has room again. Nothing happens if it never was full.
    package func resume(_ ticket: BusTicket) {
        post { $0.resumes.append(ticket) }
    }

    /// Ends everything, and the thread.
    package func close() {
        state.withLock { $0.failure = BusFailure(.cancelled, "the kernel is stopping") }
        post { $0.isClosing = true }
    }

    private func post(_ change: (inout BusOrders) -> Void) {
        state.withLock { state in
            guard let alert = state.alert else { return }
            change(&state.orders)
            alert.wakeUp.signal()
        }
    }

    private func start(_ state: inout State) -> BusFailure? {
        guard state.alert == nil else { return nil }
        do throws(SystemError) {
            let alert = try Alert()
            try SystemThread.start(name: "buses") { self.work(alert) }
            state.alert = alert
            return nil
        } catch {
            return BusFailure(.unavailable, "no thread for D-Bus could be started: \(error)")
        }
    }

    // MARK: On the thread

    /// Returns when all is to end.
    private func serve(_ loop: BusLoop, _ alert: Alert) throws(SystemError) {
        while true {
            let orders = state.withLock { $0.takeOrders() }
            loop.take(orders)
            guard !orders.isClosing else { return }
            try loop.step(alert: alert.wakeUp)
        }
    }

    private func work(_ alert: Alert) {
        do throws(SystemError) {
            let loop = try BusLoop(
                addresses, idleNanoseconds: idleNanoseconds, alert: alert.wakeUp)
            do throws(SystemError) {
                try serve(loop, alert)
                loop.end(BusFailure(.cancelled, "the kernel is stopping"))
            } catch {
                loop.end(BusFailure(.unavailable, "the thread for D-Bus has ended: \(error)"))
                throw error
            }
        } catch {
            let failure = BusFailure(.unavailable, "the thread for D-Bus has ended: \(error)")
            // The next that is begun starts another one: what was missing may be there again.
            let (orders, _) = state.withLock { state in
                (state.takeOrders(), state.alert.take())
            }
            for begin in orders.begins { begin.order.listener.ended(failure) }
        }
    }
}

/// What was begun.
package struct BusTicket: Sendable, Hashable {
    let number: UInt64
    let link: BusLink.Key
}

/// What the thread is to do next.
struct BusOrders: Sendable {
    struct Begin: Sendable {
        let ticket: BusTicket
        let order: BusOrder
    }

    var begins: [Begin] = []
    var cancels: [BusTicket] = []
    var resumes: [BusTicket] = []
    var isClosing = false
}
