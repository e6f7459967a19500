import KernelBase
import KernelHTTP
import ModuleJSON

/// What a module wants of a server, read from its order and checked.
struct HTTPOrder: Sendable {
    var method = "GET"
    var address: WebAddress
    var headers: [HTTPHeader] = []
    var follows = true
    var limits = HTTPLimits()

    static let redirectionsMax = 10
    private static let headersMax = 64
    private static let headerBytesMax = 32 << 10
    private static let bodyBytesUsual = 16 << 20
    private static let bodyBytesMax = 1 << 30

    private static let members: Set = [
        "url", "method", "headers", "follow", "bytesMax", "connectSeconds", "firstByteSeconds",
        "stallSeconds",
    ]

    init(_ bytes: [UInt8]) throws(ErrandRefusal) {
        let order = try OrderReader(bytes, members: Self.members)
        guard let url = try order.text("url") else {
            throw ErrandRefusal(.invalid, "the order has no \"url\"")
        }
        address = try WebAddress(url)
        if let text = try order.text("method") { method = try Self.method(text) }
        headers = try Self.headers(try order.list("headers", of: Self.pairs) ?? [])
        follows = try order.flag("follow") ?? true
        limits.bodyBytesMax = try order.bytes(
            "bytesMax", usual: Self.bodyBytesUsual, max: Self.bodyBytesMax)
        limits.connectSeconds = try order.seconds("connectSeconds", usual: 15)
        limits.firstByteSeconds = try order.seconds("firstByteSeconds", usual: 60)
        limits.stallSeconds = try order.seconds("stallSeconds", usual: 60)
        try checkHeaders()
    }

    private static let pairs = "pairs [\"Name\", \"value\"]"

    private static func method(_ text: String) throws(ErrandRefusal) -> String {
        // The others make something else of a connection, or show what is between.
        guard ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"].contains(text) else {
            throw ErrandRefusal(
                .invalid,
                "\"method\" is \"\(text.prefix(40))\", and not one of GET, HEAD, POST, PUT, PATCH, "
                    + "DELETE, OPTIONS")
        }
        return text
    }

    private static func headers(_ list: [JSON]) throws(ErrandRefusal) -> [HTTPHeader] {
        var headers: [HTTPHeader] = []
        for pair in list {
            guard let texts = pair.array, texts.count == 2, let name = texts[0].string,
                let value = texts[1].string
            else { throw ErrandRefusal(.invalid, "\"headers\" is not a list of \(pairs)") }
            headers.append(HTTPHeader(name, value))
        }
        return headers
    }

    /// What the host says about the connection and the body is not the module's: a name of another
    /// host would be asked of a server that serves both.
    private static let own: Set = [
        "host", "content-length", "transfer-encoding", "connection", "upgrade", "te", "trailer",
        "expect", "keep-alive", "http2-settings",
    ]

    private func checkHeaders() throws(ErrandRefusal) {
        let bytes = headers.reduce(0) { $0 + $1.name.utf8.count + $1.value.utf8.count }
        guard headers.count <= Self.headersMax, bytes <= Self.headerBytesMax else {
            throw ErrandRefusal(
                .limit,
                "more than \(Self.headersMax) headers, or \(Self.headerBytesMax) bytes of them")
        }
        for header in headers {
            let name = header.name.lowercased()
            guard !Self.own.contains(name), !name.hasPrefix("proxy-") else {
                throw ErrandRefusal(.invalid, "the header \(header.name) is the host's to set")
            }
        }
    }

    /// The request that a redirection asks for, as browsers do it.
    func redirected(to address: WebAddress, status: Int) -> HTTPOrder {
        var next = self
        next.address = address
        let becomesGet = status == 303 ? method != "HEAD" : status < 303 && method == "POST"
        if becomesGet {
            next.method = "GET"
            next.headers.removeAll { $0.name.lowercased().hasPrefix("content-") }
        }
        guard !address.hasOrigin(of: self.address) else { return next }
        // Whatever else there is may be a secret, under whichever name.
        let harmless = ["accept", "accept-language", "user-agent", "content-type"]
        next.headers.removeAll { !harmless.contains($0.name.lowercased()) }
        return next
    }

    var sendsBody: Bool { method != "GET" && method != "HEAD" }
}
