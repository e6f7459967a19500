import KernelBase
import KernelSystem

/// The work of the thread for buses: whoever has something to say or to hear, in turn.
final class BusLoop {
    private let poller: Poller
    private let addresses: BusAddresses
    private let idleNanoseconds: UInt64
    private var links: [BusLink.Key: BusLink] = [:]

    private static let alertToken: UInt64 = 0
    private static let linkToken: UInt64 = 1

    init(
        _ addresses: BusAddresses, idleNanoseconds: UInt64, alert: borrowing WakeUp
    ) throws(SystemError) {
        self.addresses = addresses
        self.idleNanoseconds = idleNanoseconds
        poller = try Poller()
        try poller.add(alert.descriptor.raw, token: Self.alertToken)
    }

    func take(_ orders: BusOrders) {
        for begin in orders.begins { self.begin(begin.order, begin.ticket) }
        for ticket in orders.resumes { links[ticket.link]?.hasRoom(ticket.number) }
        for ticket in orders.cancels {
            links[ticket.link]?.end(ticket.number, BusFailure(.cancelled, "it was cancelled"))
        }
    }

    private func begin(_ order: BusOrder, _ ticket: BusTicket) {
        do throws(BusFailure) {
            let link = try link(ticket.link)
            link.begin(BusJob(order), ticket.number)
        } catch {
            order.listener.ended(error)
        }
    }

    private func link(_ key: BusLink.Key) throws(BusFailure) -> BusLink {
        if let link = links[key] { return link }
        do throws(BusFailure) {
            let link = try BusLink(key.bus, try addresses.sockets(key.bus))
            links[key] = link
            return link
        } catch {
            throw BusFailure(
                error.kind, "the \(key.bus.name) bus cannot be reached: \(error)")
        }
    }

    // MARK: Turns

    /// Deals with what has come, and waits for more if there is nothing left.
    func step(alert: borrowing WakeUp) throws(SystemError) {
        let isMoreLeft = serveAll()
        let tokens = try poller.wait(timeoutMilliseconds: isMoreLeft ? 0 : wait())
        if tokens.contains(Self.alertToken) { alert.clear() }
    }

    private func serveAll() -> Bool {
        var isMoreLeft = false
        let now = SystemClock.monotonicNanoseconds
        for (key, link) in links {
            link.endOverdue(now: now)
            do throws(BusFailure) {
                if try link.serve() { isMoreLeft = true }
                try watch(link)
            } catch {
                drop(key, error)
                continue
            }
            if let since = link.idleSinceNanoseconds, now >= since + idleNanoseconds {
                drop(key, BusFailure(.gone, "the connection was idle"))
            }
        }
        return isMoreLeft
    }

    private func watch(_ link: BusLink) throws(BusFailure) {
        let wanted = link.wanted
        guard wanted != link.watched else { return }
        do throws(SystemError) {
            if let old = link.watched, old.descriptor == wanted?.descriptor {
                try poller.change(old.descriptor, token: Self.linkToken, to: wanted?.interest ?? [])
            } else if let wanted {
                // One that was closed is not watched any more.
                try poller.add(wanted.descriptor, token: Self.linkToken, for: wanted.interest)
            }
            link.watched = wanted
        } catch {
            throw BusFailure(.gone, "\(error)")
        }
    }

    private func drop(_ key: BusLink.Key, _ failure: BusFailure) {
        let link = links.removeValue(forKey: key)
        link?.endAll(failure)
    }

    /// In milliseconds; nil while there is nothing to wait for but news.
    private func wait() -> Int32? {
        let dues = links.values.flatMap { link in
            [link.dueNanoseconds, link.idleSinceNanoseconds.map { $0 + idleNanoseconds }]
        }
        guard let due = dues.compactMap(\.self).min() else { return nil }
        let now = SystemClock.monotonicNanoseconds
        guard due > now else { return 0 }
        // Rounded up: a wait that ends just before the deadline would be followed by another.
        return Int32(min((due - now) / 1_000_000 + 1, 3_600_000))
    }

    func end(_ failure: BusFailure) {
        let links = links
        self.links = [:]
        for link in links.values { link.endAll(failure) }
    }
}
