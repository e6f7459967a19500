package import ModuleChat
package import ModuleJSON

/// What a server says when it refuses or fails, in whatever shape it says so.
package struct ServerComplaint: Sendable {
    /// Nil for an error within a stream that names none.
    package let status: Int?
    package let headers: [String: String]
    /// The server's own sentence as it is; empty if there is none.
    package private(set) var message = ""
    /// What the server calls this kind of error: `type`, `code` and the like.
    package private(set) var words: [String] = []
    /// The object that holds the message, if the body is JSON.
    package private(set) var details: JSON = .null

    package init(_ head: AnswerHead, body: [UInt8]) {
        status = head.status
        headers = head.headers
        if let json = try? JSON(parsing: body) {
            take(json)
        } else {
            message = Self.words(of: body, type: head.headers["content-type"] ?? "")
        }
    }

    /// An error that came as a piece of a stream.
    package init(inStream json: JSON, _ head: AnswerHead) {
        let error = json["error"] ?? json
        let number = (error["code"] ?? error["status"])?.integer ?? json["code"]?.integer
        status = number.flatMap { (400..<600).contains($0) ? Int($0) : nil }
        headers = head.headers
        take(json)
    }

    // MARK: The shapes

    private mutating func take(_ json: JSON) {
        // Some of Google's come in a list of one.
        let whole = json[0] ?? json
        let error = whole["error"] ?? whole
        switch error {
        case .string(let text):
            message = text
            details = whole
        case .object:
            details = error
            message = Self.sentence(in: error) ?? Self.sentence(in: whole) ?? ""
        default:
            details = whole
            message = Self.sentence(in: whole) ?? ""
        }
        words = ["type", "code", "status", "param"].compactMap { details[$0]?.string }
        // A reseller quotes what the server behind it said.
        if let raw = error["metadata"]?["raw"]?.string, !raw.isEmpty {
            let inner = (try? JSON(parsing: raw)).flatMap { inner in
                Self.sentence(in: inner["error"] ?? inner)
            }
            message = message.isEmpty ? inner ?? raw : "\(message): \(inner ?? raw)"
        }
    }

    private static func sentence(in json: JSON) -> String? {
        for name in ["message", "detail", "error_description", "error", "msg"] {
            switch json[name] {
            case .string(let text)? where !text.isEmpty: return text
            case .object(let object)?:
                if let text = sentence(in: .object(object)) { return text }
            case .array(let items)?:
                let texts = items.prefix(3).compactMap { problem(in: $0) }
                if !texts.isEmpty { return texts.joined(separator: "; ") }
            default: continue
            }
        }
        return nil
    }

    /// One of the problems that a server that checks by a schema lists.
    private static func problem(in item: JSON) -> String? {
        guard let text = item.string ?? item["msg"]?.string ?? item["message"]?.string else {
            return nil
        }
        let place = (item["loc"]?.array ?? []).compactMap { $0.string ?? $0.integer?.description }
        return place.isEmpty ? text : "\(place.joined(separator: ".")): \(text)"
    }

    /// Of a page, its title; of other text, itself.
    private static func words(of body: [UInt8], type: String) -> String {
        let text = String(decoding: body.prefix(bytesReadMax), as: UTF8.self)
        guard type.contains("html") || text.drop(while: \.isWhitespace).first == "<" else {
            return text
        }
        guard let tag = text.ranges(of: "<").first(where: { isTitle(text[$0.upperBound...]) })
        else { return "" }
        let rest = text[tag.upperBound...].drop { $0 != ">" }.dropFirst()
        return String(rest.prefix { $0 != "<" })
    }

    private static func isTitle(_ tag: Substring) -> Bool {
        tag.prefix(5).lowercased() == "title"
    }

    /// Of a body that is no JSON, more is of no use to anybody.
    private static let bytesReadMax = 4_096
}
