package import ModuleJSON

/// What a client calls its request: a text or a number, which comes back in the reply as it was.
package struct RequestID: Sendable, Hashable, CustomStringConvertible {
    package let json: JSON

    /// An id is repeated in everything that is said about its request.
    package static let textBytesMax = 1_024

    package init(_ number: Int64) {
        json = .integer(number)
    }

    package init(_ text: String) {
        json = .string(text)
    }

    /// Nil for what cannot be one.
    package init?(json: JSON) {
        switch json {
        case .integer, .number: break
        case .string(let text): guard text.utf8.count <= Self.textBytesMax else { return nil }
        case .null, .bool, .array, .object: return nil
        }
        self.json = json
    }

    package var description: String { json.text }
}

extension RequestID: ExpressibleByIntegerLiteral {
    package init(integerLiteral value: Int64) {
        self.init(value)
    }
}

extension RequestID: Codable {
    package init(from decoder: any Decoder) throws {
        let json = try JSON(from: decoder)
        guard let id = RequestID(json: json) else {
            throw DecodingError.dataCorrupted(
                .init(
                    codingPath: decoder.codingPath,
                    debugDescription: "must be a text or a number, but is \(json.text)"))
        }
        self = id
    }

    package func encode(to encoder: any Encoder) throws {
        try json.encode(to: encoder)
    }
}
