struct JSONListEncoder: UnkeyedEncodingContainer {
    let slot: JSONSlot
    /// The steps from the value that the encoder stands on, if this is a nested container.
    let prefix: [JSONPath.Step]

    var codingPath: [any CodingKey] { [] }
    var count: Int { slot.itemCount }

    func encodeNil() throws { slot.append(.null) }

    func encode<T: Encodable>(_ value: T) throws {
        do {
            slot.append(try JSONTreeEncoder.tree(of: value))
        } catch {
            throw JSONCodingError(error).inside(path)
        }
    }

    func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type
    ) -> KeyedEncodingContainer<Nested> {
        let path = path
        let inner = slot.nestItem()
        inner.becomeObject()
        return KeyedEncodingContainer(JSONKeyedEncoder<Nested>(slot: inner, prefix: path))
    }

    func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer {
        let path = path
        let inner = slot.nestItem()
        inner.becomeList()
        return JSONListEncoder(slot: inner, prefix: path)
    }

    func superEncoder() -> any Encoder { JSONTreeEncoder(slot: slot.nestItem()) }

    private var path: [JSONPath.Step] { prefix + [.index(count)] }
}
