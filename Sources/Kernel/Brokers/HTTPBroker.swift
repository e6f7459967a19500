import KernelBase
import KernelHTTP
import KernelSystem

/// Asks servers for modules.
final class HTTPBroker: Sendable {
    static let service = "http"

    private let client = HTTPClient()
    private let options: HTTPOptions

    init(_ options: HTTPOptions) {
        self.options = options
    }

    /// Returns once the request is on its way.
    func begin(_ errand: Errand, _ line: ErrandLine) throws(ErrandRefusal) {
        var order = try HTTPOrder(errand.order)
        guard errand.body.isEmpty || order.sendsBody else {
            throw ErrandRefusal(.invalid, "a request with the method \(order.method) has no body")
        }
        order.limits.totalSeconds = try seconds(until: errand.deadlineNanoseconds)
        let permission = NetworkPermission(
            try errand.doors().network, of: errand.module)
        let visit = HTTPVisit(line, client, permission, options, body: errand.body)
        try visit.begin(order)
        line.attach(visit)
    }

    private func seconds(until deadline: UInt64) throws(ErrandRefusal) -> Double {
        guard deadline != 0 else { return options.totalSecondsMax }
        let now = SystemClock.monotonicNanoseconds
        guard deadline > now else {
            throw ErrandRefusal(.deadline, "its deadline had passed before it began")
        }
        return min(Double(deadline - now) / 1e9, options.totalSecondsMax)
    }

    func close() {
        client.close()
    }
}
