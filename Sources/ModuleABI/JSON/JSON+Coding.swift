extension JSON {
    /// Builds a value of a Decodable type from this tree. The error names the member.
    public func decode<T: Decodable>(_ type: T.Type) throws(JSONCodingError) -> T {
        do {
            return try T(from: JSONTreeDecoder(self))
        } catch {
            throw JSONCodingError(error)
        }
    }

    /// The tree of an Encodable value. A number that JSON cannot say is refused.
    public static func encode(_ value: some Encodable) throws(JSONCodingError) -> JSON {
        do {
            return try JSONTreeEncoder.tree(of: value)
        } catch {
            throw JSONCodingError(error)
        }
    }
}

/// Inside a larger type a JSON value stands for itself. Other coders than ours are served too.
extension JSON: Codable {
    public init(from decoder: any Decoder) throws {
        if let decoder = decoder as? JSONTreeDecoder {
            self = decoder.value
            return
        }
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let value = try? container.decode(Bool.self) {
            self = .bool(value)
        } else if let value = try? container.decode(Int64.self) {
            self = .integer(value)
        } else if let value = try? container.decode(Double.self) {
            self = .number(value)
        } else if let value = try? container.decode(String.self) {
            self = .string(value)
        } else if let value = try? container.decode([JSON].self) {
            self = .array(value)
        } else {
            let members = try container.decode([String: JSON].self)
            self = .object(
                JSONObject(members.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }))
        }
    }

    public func encode(to encoder: any Encoder) throws {
        if let encoder = encoder as? JSONTreeEncoder {
            encoder.slot.content = .value(self)
            return
        }
        var container = encoder.singleValueContainer()
        switch self {
        case .null: try container.encodeNil()
        case .bool(let value): try container.encode(value)
        case .integer(let value): try container.encode(value)
        case .number(let value): try container.encode(value)
        case .string(let value): try container.encode(value)
        case .array(let value): try container.encode(value)
        case .object(let object):
            let members = object.pairs.map { ($0.key, $0.value) }
            try container.encode(Dictionary(uniqueKeysWithValues: members))
        }
    }
}
