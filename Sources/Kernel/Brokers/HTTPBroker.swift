import KernelBase
import KernelHTTP

/// Asks servers for modules.
final class HTTPBroker: Sendable {
    static let service = "http"

    private let client: HTTPClient
    private let options: HTTPOptions

    init(_ client: HTTPClient, _ options: HTTPOptions) {
        self.client = client
        self.options = options
    }

    /// Returns once the request is on its way.
    func begin(_ errand: Errand, _ line: ErrandLine) throws(ErrandRefusal) {
        var order = try HTTPOrder(errand.order)
        guard errand.body.isEmpty || order.sendsBody else {
            throw ErrandRefusal(.invalid, "a request with the method \(order.method) has no body")
        }
        order.limits.totalSeconds = try errand.secondsLeft(
            atMost: options.totalSecondsMax)
        let permission = NetworkPermission(
            try errand.doors().network, of: errand.module)
        let visit = HTTPVisit(line, client, permission, options, body: errand.body)
        try visit.begin(order)
        line.attach(visit)
    }
}
