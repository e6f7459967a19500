struct JSONListDecoder: UnkeyedDecodingContainer {
    let items: [JSON]
    /// The steps from the value that the decoder stands on, if this is a nested container.
    let prefix: [JSONPath.Step]
    private(set) var currentIndex = 0

    init(items: [JSON], prefix: [JSONPath.Step]) {
        self.items = items
        self.prefix = prefix
    }

    var codingPath: [any CodingKey] { [] }
    var count: Int? { items.count }
    var isAtEnd: Bool { currentIndex >= items.count }

    mutating func decodeNil() throws -> Bool {
        guard try current().isNull else { return false }
        currentIndex += 1
        return true
    }

    mutating func decode<T: Decodable>(_ type: T.Type) throws -> T {
        let item = try current()
        do {
            let value = try T(from: JSONTreeDecoder(item))
            currentIndex += 1
            return value
        } catch {
            throw JSONCodingError(error).inside(path)
        }
    }

    mutating func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type
    ) throws -> KeyedDecodingContainer<Nested> {
        let item = try current()
        guard case .object(let object) = item else {
            throw JSONCodingError.mismatch("an object", item).inside(path)
        }
        let container = JSONKeyedDecoder<Nested>(object: object, prefix: path)
        currentIndex += 1
        return KeyedDecodingContainer(container)
    }

    mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
        let item = try current()
        guard case .array(let items) = item else {
            throw JSONCodingError.mismatch("a list", item).inside(path)
        }
        let container = JSONListDecoder(items: items, prefix: path)
        currentIndex += 1
        return container
    }

    mutating func superDecoder() throws -> any Decoder {
        let item = try current()
        currentIndex += 1
        return JSONTreeDecoder(item)
    }

    private func current() throws(JSONCodingError) -> JSON {
        guard !isAtEnd else { throw .missing.inside(path) }
        return items[currentIndex]
    }

    private var path: [JSONPath.Step] { prefix + [.index(currentIndex)] }
}
