struct JSONKeyedEncoder<Key: CodingKey>: KeyedEncodingContainerProtocol {
    let slot: JSONSlot
    /// The steps from the value that the encoder stands on, if this is a nested container.
    let prefix: [JSONPath.Step]

    var codingPath: [any CodingKey] { [] }

    func encodeNil(forKey key: Key) throws { set(key, .null) }
    func encode(_ value: Bool, forKey key: Key) throws { set(key, .bool(value)) }
    func encode(_ value: String, forKey key: Key) throws { set(key, .string(value)) }
    func encode(_ value: Int, forKey key: Key) throws { set(key, .integer(Int64(value))) }
    func encode(_ value: Int8, forKey key: Key) throws { set(key, .integer(Int64(value))) }
    func encode(_ value: Int16, forKey key: Key) throws { set(key, .integer(Int64(value))) }
    func encode(_ value: Int32, forKey key: Key) throws { set(key, .integer(Int64(value))) }
    func encode(_ value: Int64, forKey key: Key) throws { set(key, .integer(value)) }
    func encode(_ value: UInt8, forKey key: Key) throws { set(key, .integer(Int64(value))) }
    func encode(_ value: UInt16, forKey key: Key) throws { set(key, .integer(Int64(value))) }
    func encode(_ value: UInt32, forKey key: Key) throws { set(key, .integer(Int64(value))) }

    func encode(_ value: UInt, forKey key: Key) throws {
        try set(key) { () throws(JSONCodingError) in try JSON.encodedInteger(value) }
    }

    func encode(_ value: UInt64, forKey key: Key) throws {
        try set(key) { () throws(JSONCodingError) in try JSON.encodedInteger(value) }
    }

    func encode(_ value: Double, forKey key: Key) throws {
        try set(key) { () throws(JSONCodingError) in try JSON.encodedNumber(value) }
    }

    func encode(_ value: Float, forKey key: Key) throws {
        try set(key) { () throws(JSONCodingError) in try JSON.encodedNumber(value) }
    }

    func encode<T: Encodable>(_ value: T, forKey key: Key) throws {
        do {
            set(key, try JSONTreeEncoder.tree(of: value))
        } catch {
            throw JSONCodingError(error).inside(path(key))
        }
    }

    func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type, forKey key: Key
    ) -> KeyedEncodingContainer<Nested> {
        let inner = slot.nest(key.stringValue)
        inner.becomeObject()
        return KeyedEncodingContainer(JSONKeyedEncoder<Nested>(slot: inner, prefix: path(key)))
    }

    func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
        let inner = slot.nest(key.stringValue)
        inner.becomeList()
        return JSONListEncoder(slot: inner, prefix: path(key))
    }

    func superEncoder() -> any Encoder { JSONTreeEncoder(slot: slot.nest("super")) }

    func superEncoder(forKey key: Key) -> any Encoder {
        JSONTreeEncoder(slot: slot.nest(key.stringValue))
    }

    private func set(_ key: Key, _ value: JSON) {
        slot.set(key.stringValue, value)
    }

    private func set(
        _ key: Key, _ body: () throws(JSONCodingError) -> JSON
    ) throws(JSONCodingError) {
        do throws(JSONCodingError) {
            set(key, try body())
        } catch {
            throw error.inside(path(key))
        }
    }

    private func path(_ key: Key) -> [JSONPath.Step] { prefix + [.key(key.stringValue)] }
}
