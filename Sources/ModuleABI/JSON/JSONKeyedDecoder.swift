struct JSONKeyedDecoder<Key: CodingKey>: KeyedDecodingContainerProtocol {
    let object: JSONObject
    /// The steps from the value that the decoder stands on, if this is a nested container.
    let prefix: [JSONPath.Step]

    var codingPath: [any CodingKey] { [] }
    var allKeys: [Key] { object.pairs.compactMap { Key(stringValue: $0.key) } }

    func contains(_ key: Key) -> Bool { object[key.stringValue] != nil }

    func decodeNil(forKey key: Key) throws -> Bool { object[key.stringValue]?.isNull ?? true }

    func decode(_ type: Bool.Type, forKey key: Key) throws -> Bool {
        try at(key) { value throws(JSONCodingError) in try value.decodedBool() }
    }

    func decode(_ type: String.Type, forKey key: Key) throws -> String {
        try at(key) { value throws(JSONCodingError) in try value.decodedString() }
    }

    func decode(_ type: Double.Type, forKey key: Key) throws -> Double {
        try at(key) { value throws(JSONCodingError) in try value.decodedNumber() }
    }

    func decode(_ type: Float.Type, forKey key: Key) throws -> Float {
        try at(key) { value throws(JSONCodingError) in try value.decodedFloat() }
    }

    func decode(_ type: Int.Type, forKey key: Key) throws -> Int { try integer(key) }
    func decode(_ type: Int8.Type, forKey key: Key) throws -> Int8 { try integer(key) }
    func decode(_ type: Int16.Type, forKey key: Key) throws -> Int16 { try integer(key) }
    func decode(_ type: Int32.Type, forKey key: Key) throws -> Int32 { try integer(key) }
    func decode(_ type: Int64.Type, forKey key: Key) throws -> Int64 { try integer(key) }
    func decode(_ type: UInt.Type, forKey key: Key) throws -> UInt { try integer(key) }
    func decode(_ type: UInt8.Type, forKey key: Key) throws -> UInt8 { try integer(key) }
    func decode(_ type: UInt16.Type, forKey key: Key) throws -> UInt16 { try integer(key) }
    func decode(_ type: UInt32.Type, forKey key: Key) throws -> UInt32 { try integer(key) }
    func decode(_ type: UInt64.Type, forKey key: Key) throws -> UInt64 { try integer(key) }

    /// A missing member is offered as null, so that a wrapper around an Optional decodes; whoever
    /// refuses null is told that the member is missing.
    func decode<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T {
        let member = object[key.stringValue]
        do {
            return try T(from: JSONTreeDecoder(member ?? .null))
        } catch {
            throw (member == nil ? .missing : JSONCodingError(error)).inside(path(key))
        }
    }

    func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type, forKey key: Key
    ) throws -> KeyedDecodingContainer<Nested> {
        let inner = try at(key) { value throws(JSONCodingError) in
            guard case .object(let object) = value else { throw .mismatch("an object", value) }
            return object
        }
        return KeyedDecodingContainer(JSONKeyedDecoder<Nested>(object: inner, prefix: path(key)))
    }

    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
        let items = try at(key) { value throws(JSONCodingError) in
            guard case .array(let items) = value else { throw .mismatch("a list", value) }
            return items
        }
        return JSONListDecoder(items: items, prefix: path(key))
    }

    func superDecoder() throws -> any Decoder { JSONTreeDecoder(object["super"] ?? .null) }

    func superDecoder(forKey key: Key) throws -> any Decoder {
        JSONTreeDecoder(object[key.stringValue] ?? .null)
    }

    private func integer<T: FixedWidthInteger>(_ key: Key) throws(JSONCodingError) -> T {
        try at(key) { value throws(JSONCodingError) in try value.decodedInteger() }
    }

    private func at<T>(
        _ key: Key, _ body: (JSON) throws(JSONCodingError) -> T
    ) throws(JSONCodingError) -> T {
        guard let value = object[key.stringValue] else { throw .missing.inside(path(key)) }
        do throws(JSONCodingError) {
            return try body(value)
        } catch {
            throw error.inside(path(key))
        }
    }

    private func path(_ key: Key) -> [JSONPath.Step] { prefix + [.key(key.stringValue)] }
}
