/// Decodes from a tree. The path is put together only when an error travels up through the
/// containers, so that decoding which goes well pays nothing for it; `codingPath` is empty.
struct JSONTreeDecoder: Decoder, SingleValueDecodingContainer {
    let value: JSON

    var codingPath: [any CodingKey] { [] }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    init(_ value: JSON) {
        self.value = value
    }

    func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        guard case .object(let object) = value else {
            throw JSONCodingError.mismatch("an object", value)
        }
        return KeyedDecodingContainer(JSONKeyedDecoder<Key>(object: object, prefix: []))
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
        guard case .array(let items) = value else {
            throw JSONCodingError.mismatch("a list", value)
        }
        return JSONListDecoder(items: items, prefix: [])
    }

    func singleValueContainer() throws -> any SingleValueDecodingContainer { self }

    func decodeNil() -> Bool { value.isNull }

    func decode(_ type: Bool.Type) throws -> Bool { try value.decodedBool() }
    func decode(_ type: String.Type) throws -> String { try value.decodedString() }
    func decode(_ type: Double.Type) throws -> Double { try value.decodedNumber() }
    func decode(_ type: Float.Type) throws -> Float { try value.decodedFloat() }
    func decode(_ type: Int.Type) throws -> Int { try value.decodedInteger() }
    func decode(_ type: Int8.Type) throws -> Int8 { try value.decodedInteger() }
    func decode(_ type: Int16.Type) throws -> Int16 { try value.decodedInteger() }
    func decode(_ type: Int32.Type) throws -> Int32 { try value.decodedInteger() }
    func decode(_ type: Int64.Type) throws -> Int64 { try value.decodedInteger() }
    func decode(_ type: UInt.Type) throws -> UInt { try value.decodedInteger() }
    func decode(_ type: UInt8.Type) throws -> UInt8 { try value.decodedInteger() }
    func decode(_ type: UInt16.Type) throws -> UInt16 { try value.decodedInteger() }
    func decode(_ type: UInt32.Type) throws -> UInt32 { try value.decodedInteger() }
    func decode(_ type: UInt64.Type) throws -> UInt64 { try value.decodedInteger() }
    func decode<T: Decodable>(_ type: T.Type) throws -> T { try T(from: self) }
}

extension JSON {
    func decodedBool() throws(JSONCodingError) -> Bool {
        guard case .bool(let value) = self else { throw .mismatch("true or false", self) }
        return value
    }

    func decodedString() throws(JSONCodingError) -> String {
        guard case .string(let value) = self else { throw .mismatch("a text", self) }
        return value
    }

    func decodedNumber() throws(JSONCodingError) -> Double {
        guard let value = number else { throw .mismatch("a number", self) }
        return value
    }

    func decodedFloat() throws(JSONCodingError) -> Float {
        let value = Float(try decodedNumber())
        guard value.isFinite else {
            throw JSONCodingError(
                problem: "must be at most \(Float.greatestFiniteMagnitude), but is \(shown)")
        }
        return value
    }

    func decodedInteger<T: FixedWidthInteger>() throws(JSONCodingError) -> T {
        if case .integer(let value) = self, let exact = T(exactly: value) { return exact }
        guard let value = number else { throw .mismatch("a whole number", self) }
        // An unsigned number above Int64.max arrives as a Double.
        if case .number = self, let exact = T(exactly: value) { return exact }
        guard value == value.rounded(.towardZero) else { throw .mismatch("a whole number", self) }
        throw JSONCodingError(problem: "must be from \(T.min) to \(T.max), but is \(shown)")
    }
}
