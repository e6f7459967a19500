/// Encodes into a tree. As in decoding, the path is put together only for an error.
struct JSONTreeEncoder: Encoder, SingleValueEncodingContainer {
    let slot: JSONSlot

    var codingPath: [any CodingKey] { [] }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    static func tree<T: Encodable>(of value: T) throws -> JSON {
        let slot = JSONSlot()
        try value.encode(to: JSONTreeEncoder(slot: slot))
        return slot.tree
    }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        slot.becomeObject()
        return KeyedEncodingContainer(JSONKeyedEncoder<Key>(slot: slot, prefix: []))
    }

    func unkeyedContainer() -> any UnkeyedEncodingContainer {
        slot.becomeList()
        return JSONListEncoder(slot: slot, prefix: [])
    }

    func singleValueContainer() -> any SingleValueEncodingContainer { self }

    func encodeNil() throws { slot.content = .value(.null) }
    func encode(_ value: Bool) throws { slot.content = .value(.bool(value)) }
    func encode(_ value: String) throws { slot.content = .value(.string(value)) }
    func encode(_ value: Double) throws { slot.content = .value(try JSON.encodedNumber(value)) }
    func encode(_ value: Float) throws { slot.content = .value(try JSON.encodedNumber(value)) }
    func encode(_ value: Int) throws { slot.content = .value(.integer(Int64(value))) }
    func encode(_ value: Int8) throws { slot.content = .value(.integer(Int64(value))) }
    func encode(_ value: Int16) throws { slot.content = .value(.integer(Int64(value))) }
    func encode(_ value: Int32) throws { slot.content = .value(.integer(Int64(value))) }
    func encode(_ value: Int64) throws { slot.content = .value(.integer(value)) }
    func encode(_ value: UInt) throws { slot.content = .value(try JSON.encodedInteger(value)) }
    func encode(_ value: UInt8) throws { slot.content = .value(.integer(Int64(value))) }
    func encode(_ value: UInt16) throws { slot.content = .value(.integer(Int64(value))) }
    func encode(_ value: UInt32) throws { slot.content = .value(.integer(Int64(value))) }
    func encode(_ value: UInt64) throws { slot.content = .value(try JSON.encodedInteger(value)) }
    func encode<T: Encodable>(_ value: T) throws { try value.encode(to: self) }
}

extension JSON {
    static func encodedNumber(_ value: Double) throws(JSONCodingError) -> JSON {
        guard value.isFinite else { throw .unspeakable(value) }
        return .number(value)
    }

    /// By way of the text, so that the Float 0.1 does not become 0.10000000149011612.
    static func encodedNumber(_ value: Float) throws(JSONCodingError) -> JSON {
        guard value.isFinite else { throw .unspeakable(value) }
        return .number(Double(value.description) ?? Double(value))
    }

    /// Above Int64.max a number is only accepted if a Double holds it exactly.
    static func encodedInteger(_ value: some FixedWidthInteger) throws(JSONCodingError) -> JSON {
        if let integer = Int64(exactly: value) { return .integer(integer) }
        guard let number = Double(exactly: value) else {
            throw JSONCodingError(
                problem: "is \(value), which is too large for a whole number in JSON")
        }
        return .number(number)
    }
}
