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

    init(_ bytes: [UInt8]) throws(ErrandRefusal) {
        let json: JSON
        do {
            json = try JSON(parsing: bytes)
        } catch {
            throw ErrandRefusal(.invalid, "the order is not JSON: \(error)")
        }
        guard let members = json.object else {
            throw ErrandRefusal(.invalid, "the order is no JSON object")
        }
        guard let url = json["url"]?.string else {
            throw ErrandRefusal(.invalid, "the order has no \"url\"")
        }
        address = try WebAddress(url)
        limits.bodyBytesMax = Self.bodyBytesUsual
        limits.firstByteSeconds = 60
        for (name, value) in members where value != .null { try read(name, value) }
        try checkHeaders()
    }

    private mutating func read(_ name: String, _ value: JSON) throws(ErrandRefusal) {
        switch name {
        case "url": break
        case "method": method = try Self.method(value)
        case "headers": headers = try Self.headers(value)
        case "follow": follows = try Self.required(value.bool, name, "true or false")
        case "bytesMax":
            let most = try Self.required(value.integer, name, "a whole number")
            limits.bodyBytesMax = Int(min(max(most, 0), Int64(Self.bodyBytesMax)))
        case "connectSeconds": limits.connectSeconds = try Self.seconds(value, name)
        case "firstByteSeconds": limits.firstByteSeconds = try Self.seconds(value, name)
        case "stallSeconds": limits.stallSeconds = try Self.seconds(value, name)
        default:
            throw ErrandRefusal(.invalid, "the order has the member \"\(name)\", which is unknown")
        }
    }

    private static func required<Value>(
        _ value: Value?, _ name: String, _ what: String
    ) throws(ErrandRefusal) -> Value {
        guard let value else { throw ErrandRefusal(.invalid, "\"\(name)\" is not \(what)") }
        return value
    }

    private static func seconds(_ value: JSON, _ name: String) throws(ErrandRefusal) -> Double {
        let seconds = try required(value.number, name, "a number")
        guard seconds > 0, seconds <= 86_400 else {
            throw ErrandRefusal(.invalid, "\"\(name)\" is not between 0 and 86,400")
        }
        return seconds
    }

    private static func method(_ value: JSON) throws(ErrandRefusal) -> String {
        let text = try required(value.string, "method", "a text")
        // The others make something else of a connection, or show what is between.
        guard ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"].contains(text) else {
            throw ErrandRefusal(
                .invalid,
                "\"method\" is \"\(text.prefix(40))\", and not one of GET, HEAD, POST, PUT, PATCH, "
                    + "DELETE, OPTIONS")
        }
        return text
    }

    private static func headers(_ value: JSON) throws(ErrandRefusal) -> [HTTPHeader] {
        let form = "a list of pairs [\"Name\", \"value\"]"
        var headers: [HTTPHeader] = []
        for pair in try required(value.array, "headers", form) {
            guard let texts = pair.array, texts.count == 2, let name = texts[0].string,
                let value = texts[1].string
            else { throw ErrandRefusal(.invalid, "\"headers\" is not \(form)") }
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
