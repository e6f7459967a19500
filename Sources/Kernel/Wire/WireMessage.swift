package import ModuleJSON

/// One message of JSON-RPC 2.0, the way in which every client talks to the kernel.
package enum WireMessage: Sendable, Hashable {
    case request(id: Int64, method: String, params: JSON)
    case reply(id: Int64, result: JSON)
    case failure(id: Int64?, WireError)
    /// Needs no answer.
    case notification(method: String, params: JSON)
}

/// Why a request was not carried out. That a task fails is not an error: its reply says so.
package struct WireError: Error, Sendable, Hashable, CustomStringConvertible {
    package let code: Int64
    package let message: String

    package init(code: Int64, _ message: String) {
        self.code = code
        self.message = message
    }

    package var description: String { message }

    package static func badMessage(_ why: String) -> WireError { WireError(code: -32700, why) }
    package static func badRequest(_ why: String) -> WireError { WireError(code: -32600, why) }
    package static func unknownMethod(_ method: String) -> WireError {
        WireError(code: -32601, "there is no method \"\(method)\"")
    }
    package static func badParameters(_ why: String) -> WireError { WireError(code: -32602, why) }
    package static func unspeakable(_ why: String) -> WireError { WireError(code: -32603, why) }
    package static func notFound(_ why: String) -> WireError {
        WireError(code: notFoundCode, why)
    }

    package var isNotFound: Bool { code == Self.notFoundCode }

    private static let notFoundCode: Int64 = -32001
}

extension WireMessage {
    /// The message as JSON, on one line when it is serialised.
    package var json: JSON {
        switch self {
        case .request(let id, let method, let params):
            ["jsonrpc": "2.0", "id": .integer(id), "method": .string(method), "params": params]
        case .reply(let id, let result):
            ["jsonrpc": "2.0", "id": .integer(id), "result": result]
        case .failure(let id, let error):
            [
                "jsonrpc": "2.0", "id": id.map { .integer($0) } ?? .null,
                "error": ["code": .integer(error.code), "message": .string(error.message)],
            ]
        case .notification(let method, let params):
            ["jsonrpc": "2.0", "method": .string(method), "params": params]
        }
    }

    package init(_ json: JSON) throws(WireError) {
        guard json.object != nil else { throw .badRequest("a message must be an object") }
        guard json["jsonrpc"]?.string == "2.0" else {
            throw .badRequest("\"jsonrpc\" must be \"2.0\"")
        }
        let id = json["id"]?.integer
        if let method = json["method"]?.string {
            let params = json["params"] ?? [:]
            if let id {
                self = .request(id: id, method: method, params: params)
            } else if json["id"] == nil {
                self = .notification(method: method, params: params)
            } else {
                throw .badRequest("\"id\" must be a whole number")
            }
        } else if let error = json["error"] {
            let code = error["code"]?.integer ?? 0
            self = .failure(id: id, WireError(code: code, error["message"]?.string ?? ""))
        } else if let id, let result = json["result"] {
            self = .reply(id: id, result: result)
        } else {
            throw .badRequest("a message needs a \"method\", a \"result\" or an \"error\"")
        }
    }

    package init(line: [UInt8]) throws(WireError) {
        let json: JSON
        do {
            json = try JSON(parsing: line)
        } catch {
            throw .badMessage("the message is not JSON: \(error)")
        }
        try self.init(json)
    }

    /// One line with its end.
    package var line: [UInt8] { json.serialized() + [UInt8(ascii: "\n")] }
}
