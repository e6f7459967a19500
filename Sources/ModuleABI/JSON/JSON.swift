/// One JSON value. Whole numbers that fit are `integer`, all other numbers are `number`.
public enum JSON: Sendable, Hashable {
    case null
    case bool(Bool)
    case integer(Int64)
    case number(Double)
    case string(String)
    case array([JSON])
    case object(JSONObject)

    /// Reads one JSON text in UTF-8. The error says line, column and what was expected.
    public init(parsing bytes: Span<UInt8>, limits: JSONLimits = .standard) throws(JSONError) {
        self = try bytes.withUnsafeBufferPointer { buffer throws(JSONError) in
            var parser = JSONParser(buffer, limits: limits)
            return try parser.parseDocument()
        }
    }

    public init(parsing bytes: [UInt8], limits: JSONLimits = .standard) throws(JSONError) {
        self = try JSON(parsing: bytes.span, limits: limits)
    }

    public init(parsing text: String, limits: JSONLimits = .standard) throws(JSONError) {
        self = try JSON(parsing: Array(text.utf8), limits: limits)
    }

    /// The value in as few bytes as possible. A number that JSON cannot say (not finite) becomes
    /// null; `JSON.encode` refuses such a number instead.
    public func serialized() -> [UInt8] {
        var writer = JSONWriter()
        writer.bytes.reserveCapacity(128)
        writer.write(self)
        return writer.bytes
    }

    /// The value in as few characters as possible.
    public var text: String { String(decoding: serialized(), as: UTF8.self) }

    /// The value over several lines, indented by two spaces.
    public func pretty() -> String {
        var writer = JSONWriter()
        writer.writeIndented(self, depth: 0)
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    /// The member of an object; nil for a missing one and for anything that is not an object.
    public subscript(key: String) -> JSON? {
        if case .object(let object) = self { object[key] } else { nil }
    }

    /// The item of an array; nil outside its bounds and for anything that is not an array.
    public subscript(index: Int) -> JSON? {
        if case .array(let items) = self, items.indices.contains(index) {
            items[index]
        } else {
            nil
        }
    }
}

extension JSON {
    public var isNull: Bool { self == .null }

    public var bool: Bool? {
        if case .bool(let value) = self { value } else { nil }
    }

    /// The whole number, also if it was written with a fraction of zero.
    public var integer: Int64? {
        switch self {
        case .integer(let value): value
        case .number(let value): Int64(exactly: value)
        default: nil
        }
    }

    /// The number, whole or not.
    public var number: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .number(let value): value
        default: nil
        }
    }

    public var string: String? {
        if case .string(let value) = self { value } else { nil }
    }

    public var array: [JSON]? {
        if case .array(let value) = self { value } else { nil }
    }

    public var object: JSONObject? {
        if case .object(let value) = self { value } else { nil }
    }
}

extension JSON: CustomStringConvertible {
    public var description: String { text }
}
