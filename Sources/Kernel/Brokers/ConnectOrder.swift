import KernelBase

/// Where a module wants a connection to, read from its order and checked.
struct ConnectOrder: Sendable {
    let server: ServerPlace
    let connectSeconds: Double

    static let connectSecondsUsual = 15.0
    static let connectSecondsMax = 600.0
    private static let members: Set = ["host", "port", "connectSeconds"]

    init(_ bytes: [UInt8]) throws(ErrandRefusal) {
        let order = try OrderReader(bytes, members: Self.members)
        guard let host = try order.text("host") else {
            throw ErrandRefusal(.invalid, "the order has no \"host\"")
        }
        guard let port = try order.port("port") else {
            throw ErrandRefusal(.invalid, "the order has no \"port\"")
        }
        guard let server = ServerPlace(host: host, port: port) else {
            throw ServerPlace.noHost(host)
        }
        self.server = server
        connectSeconds = try order.seconds(
            "connectSeconds", usual: Self.connectSecondsUsual, max: Self.connectSecondsMax)
    }
}
