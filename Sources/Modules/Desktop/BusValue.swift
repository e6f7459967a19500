/// A value as D-Bus carries it.
package indirect enum BusValue: Sendable, Hashable {
    case byte(UInt8)
    case bool(Bool)
    case int16(Int16)
    case uint16(UInt16)
    case int32(Int32)
    case uint32(UInt32)
    case int64(Int64)
    case uint64(UInt64)
    case double(Double)
    case string(String)
    case path(String)
    case signature(String)
    /// The signature of one element, and the elements.
    case array(String, [BusValue])
    case structure([BusValue])
    case entry(BusValue, BusValue)
    case variant(BusValue)

    package static func strings(_ texts: [String]) -> BusValue {
        .array("s", texts.map(BusValue.string))
    }

    /// `a{sv}`
    package static func options(_ pairs: [(String, BusValue)]) -> BusValue {
        .array("{sv}", pairs.map { .entry(.string($0.0), .variant($0.1)) })
    }

    package var signature: String {
        switch self {
        case .byte: "y"
        case .bool: "b"
        case .int16: "n"
        case .uint16: "q"
        case .int32: "i"
        case .uint32: "u"
        case .int64: "x"
        case .uint64: "t"
        case .double: "d"
        case .string: "s"
        case .path: "o"
        case .signature: "g"
        case .array(let element, _): "a\(element)"
        case .structure(let fields): "(\(fields.map(\.signature).joined()))"
        case .entry(let key, let value): "{\(key.signature)\(value.signature)}"
        case .variant: "v"
        }
    }

    /// The value inside, however many variants are around it.
    package var unwrapped: BusValue {
        if case .variant(let inner) = self { return inner.unwrapped }
        return self
    }

    package var text: String? {
        switch unwrapped {
        case .string(let text), .path(let text), .signature(let text): text
        default: nil
        }
    }

    package var bool: Bool? {
        if case .bool(let value) = unwrapped { return value }
        return nil
    }

    package var number: Double? {
        switch unwrapped {
        case .byte(let value): Double(value)
        case .int16(let value): Double(value)
        case .uint16(let value): Double(value)
        case .int32(let value): Double(value)
        case .uint32(let value): Double(value)
        case .int64(let value): Double(value)
        case .uint64(let value): Double(value)
        case .double(let value): value
        default: nil
        }
    }

    package var elements: [BusValue]? {
        switch unwrapped {
        case .array(_, let elements), .structure(let elements): elements
        default: nil
        }
    }

    /// The pairs of an `a{s…}`.
    package var dictionary: [String: BusValue] {
        var result: [String: BusValue] = [:]
        for element in elements ?? [] {
            guard case .entry(let key, let value) = element, let name = key.text else { continue }
            result[name] = value.unwrapped
        }
        return result
    }
}
