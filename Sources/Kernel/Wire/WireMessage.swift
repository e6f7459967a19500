package import ModuleJSON

/// One message of JSON-RPC 2.0, the way in which every client talks to the kernel.
package enum WireMessage: Sendable, Hashable {
    case request(id: RequestID, method: String, params: JSON)
    case reply(id: RequestID, result: JSON)
    case failure(id: RequestID?, WireError)
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
    package var isBadParameters: Bool { code == Self.badParameters("").code }
    package static func unspeakable(_ why: String) -> WireError { WireError(code: -32603, why) }
    /// Not in the state that things are in.
    package static func refused(_ why: String) -> WireError { WireError(code: -32005, why) }
    package static func notFound(_ why: String) -> WireError {
        WireError(code: notFoundCode, why)
    }

    package var isNotFound: Bool { code == Self.notFoundCode }

    package var isMismatch: Bool { code == Self.mismatchCode }

    private static let notFoundCode: Int64 = -32001
    private static let mismatchCode: Int64 = -32002

    /// The two sides were made for different versions of the protocol, or for different kernels.
    package static func mismatch(_ why: String) -> WireError {
        WireError(code: mismatchCode, why)
    }
    /// Not now: a limit is reached.
    package static func busy(_ why: String) -> WireError { WireError(code: -32003, why) }
    /// Not for this client.
    package static func denied(_ why: String) -> WireError { WireError(code: -32004, why) }
}

extension WireMessage {
    /// The message as JSON, on one line when it is serialised.
    package var json: JSON {
        switch self {
        case .request(let id, let method, let params):
            ["jsonrpc": "2.0", "id": id.json, "method": .string(method), "params": params]
        case .reply(let id, let result):
            ["jsonrpc": "2.0", "id": id.json, "result": result]
        case .failure(let id, let error):
            [
                "jsonrpc": "2.0", "id": id?.json ?? .null,
                "error": ["code": .integer(error.code), "message": .string(error.message)],
            ]
        case .notification(let method, let params):
            ["jsonrpc": "2.0", "method": .string(method), "params": params]
        }
    }

    package init(_ json: JSON) throws(WireError) {
        if json.array != nil {
            throw .badRequest("batches are not supported: send each message on a line of its own")
        }
        guard json.object != nil else { throw .badRequest("a message must be an object") }
        guard json["jsonrpc"]?.string == "2.0" else {
            throw .badRequest("\"jsonrpc\" must be \"2.0\"")
        }
        let id = json["id"].flatMap { RequestID(json: $0) }
        if let method = json["method"] {
            self = try Self.order(method, id, json)
        } else if let error = json["error"] {
            let code = error["code"]?.integer ?? 0
            self = .failure(id: id, WireError(code: code, error["message"]?.string ?? ""))
        } else if let id, let result = json["result"] {
            self = .reply(id: id, result: result)
        } else {
            throw .badRequest("a message needs a \"method\", a \"result\" or an \"error\"")
        }
    }

    private static func order(
        _ method: JSON, _ id: RequestID?, _ json: JSON
    ) throws(WireError) -> WireMessage {
        guard let method = method.string else {
            throw .badRequest("\"method\" must be a text")
        }
        let params = json["params"] ?? [:]
        guard params.object != nil || params.array != nil else {
            throw .badRequest("\"params\" must be an object")
        }
        if let id { return .request(id: id, method: method, params: params) }
        guard json["id"] == nil else {
            throw .badRequest(
                "\"id\" must be a number, or a text of at most \(RequestID.textBytesMax) bytes")
        }
        return .notification(method: method, params: params)
    }

    package init(line: [UInt8]) throws(WireError) {
        try self.init(try Self.json(line))
    }

    /// What came in a line, or the failure that is the answer to it: whoever sent it is told which
    /// request it was, if that can be made out.
    package enum Received: Sendable, Hashable {
        case message(WireMessage)
        case answer(WireMessage)
    }

    package static func receive(_ line: [UInt8]) -> Received {
        do throws(WireError) {
            let json = try json(line)
            do throws(WireError) {
                return .message(try WireMessage(json))
            } catch {
                return .answer(.failure(id: json["id"].flatMap { RequestID(json: $0) }, error))
            }
        } catch {
            return .answer(.failure(id: nil, error))
        }
    }

    private static func json(_ line: [UInt8]) throws(WireError) -> JSON {
        do {
            return try JSON(parsing: line, limits: JSONLimits(bytes: WireFraming.replyBytesMax))
        } catch {
            throw .badMessage("the message is not JSON: \(error)")
        }
    }

    /// May it be left out where there is no more room? Whoever missed it can ask how things are.
    /// Replies and what a task printed are said once, and belong to somebody.
    package var isDroppable: Bool {
        guard case .notification(let method, _) = self else { return false }
        return !Self.kept.contains(method)
    }

    private static let kept: Set<String> = [
        CallNews.output, CallNews.started, ChatPiece.text, ChatPiece.thinking, ChatNotice.method,
    ]

    /// About how much memory it takes, in bytes, of what comes often.
    var weight: Int {
        guard case .notification(_, let params) = self, let object = params.object else {
            return Self.weightMin
        }
        return object.reduce(Self.weightMin) { $0 + ($1.value.string?.utf8.count ?? 0) }
    }

    private static let weightMin = 256

    /// One line with its end.
    package var line: [UInt8] { json.serialized() + [UInt8(ascii: "\n")] }
}
