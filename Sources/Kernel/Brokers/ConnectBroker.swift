import KernelBase
import KernelHTTP
import KernelSystem
import Synchronization

/// Connects modules to servers: each gets a descriptor of its own, and the host keeps another of
/// the same connection, by which it ends it.
final class ConnectBroker: Sendable {
    static let service = "connect"

    private let client: HTTPClient
    private let alarms: Alarms
    /// How many there are by module, with those that are being made.
    private let open = Mutex<[String: Int]>([:])

    /// Each costs the host a descriptor, and one more if the module lives in the kernel.
    static let connectionsMax = 16
    static let connectionsOfAllMax = 128

    init(_ client: HTTPClient, _ alarms: Alarms) {
        self.client = client
        self.alarms = alarms
    }

    /// Returns once the connection is being made.
    func begin(_ errand: Errand, _ line: ErrandLine) throws(ErrandRefusal) {
        let order = try ConnectOrder(errand.order)
        guard errand.body.isEmpty else {
            throw ErrandRefusal(.invalid, "a connection has no body: send it over the connection")
        }
        let left = try errand.secondsLeft()
        let permission = NetworkPermission(try errand.doors().network, of: errand.module)
        var request = HTTPRequest("http://\(order.server)/")
        request.connectsOnly = true
        request.reach = try permission.reach(of: order.server)
        request.limits.connectSeconds = order.connectSeconds
        let module = errand.module
        try enter(module)
        let connection = HeldConnection(line, client, permission, order.server) {
            self.leave(module)
        }
        if let left { ring(afterSeconds: left, connection) }
        connection.begin(request)
        line.attach(connection)
    }

    private func ring(afterSeconds seconds: Double, _ connection: HeldConnection) {
        let token = alarms.run(afterSeconds: seconds) { [weak connection] in
            connection?.end(
                .failure(.deadline, "\(Self.service): the connection has reached its deadline"))
        }
        connection.whenEnded { [alarms] in alarms.cancel(token) }
    }

    private func enter(_ module: String) throws(ErrandRefusal) {
        try open.withLock { open throws(ErrandRefusal) in
            guard open[module, default: 0] < Self.connectionsMax else {
                throw ErrandRefusal(
                    .limit,
                    "\(module) has \(Self.connectionsMax) connections already: one ends with its "
                        + "errand, and not when its descriptor is closed")
            }
            guard open.values.reduce(0, +) < Self.connectionsOfAllMax else {
                throw ErrandRefusal(
                    .busy, "the host has too many connections open; try again later")
            }
            open[module, default: 0] += 1
        }
    }

    private func leave(_ module: String) {
        open.withLock { open in
            let left = open[module, default: 1] - 1
            open[module] = left == 0 ? nil : left
        }
    }
}
