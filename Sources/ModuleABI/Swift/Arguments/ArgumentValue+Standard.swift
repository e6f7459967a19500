public import ModuleJSON

extension String: ArgumentMeasured {
    public static func argumentSchema(in context: ArgumentSchemaContext) -> JSONObject {
        ["type": "string"]
    }

    public var argumentJSON: JSON? { .string(self) }
    public static var lengthKeywords: (least: String, most: String) { ("minLength", "maxLength") }
}

extension Bool: ArgumentValue {
    public static func argumentSchema(in context: ArgumentSchemaContext) -> JSONObject {
        ["type": "boolean"]
    }

    public var argumentJSON: JSON? { .bool(self) }
}

extension JSON: ArgumentValue {
    public static func argumentSchema(in context: ArgumentSchemaContext) -> JSONObject { [:] }
    public var argumentJSON: JSON? { self }
}

extension Optional: ArgumentValue where Wrapped: ArgumentValue {
    /// Null may be written for a value that is not given: models often do.
    public static func argumentSchema(in context: ArgumentSchemaContext) -> JSONObject {
        var schema = Wrapped.argumentSchema(in: context)
        if let type = schema["type"] {
            schema["type"] = .array((type.array ?? [type]).filter { $0 != "null" } + ["null"])
        }
        if let values = schema["enum"]?.array { schema["enum"] = .array(values + [nil]) }
        return schema
    }

    public var argumentJSON: JSON? {
        guard let self else { return .null }
        return self.argumentJSON
    }

    public static var absentValue: Wrapped?? { .some(nil) }
}

extension Optional: ArgumentNumber where Wrapped: ArgumentNumber {
    public typealias Bound = Wrapped.Bound
}

extension Optional: ArgumentMeasured where Wrapped: ArgumentMeasured {
    public static var lengthKeywords: (least: String, most: String) { Wrapped.lengthKeywords }
}

extension Array: ArgumentValue where Element: ArgumentValue {
    public static func argumentSchema(in context: ArgumentSchemaContext) -> JSONObject {
        ["type": "array", "items": .object(Element.argumentSchema(in: context))]
    }

    public var argumentJSON: JSON? {
        let items = compactMap(\.argumentJSON)
        return items.count == count ? .array(items) : nil
    }
}

extension Array: ArgumentMeasured where Element: ArgumentValue {
    public static var lengthKeywords: (least: String, most: String) { ("minItems", "maxItems") }
}

extension Dictionary: ArgumentValue where Key == String, Value: ArgumentValue {
    public static func argumentSchema(in context: ArgumentSchemaContext) -> JSONObject {
        ["type": "object", "additionalProperties": .object(Value.argumentSchema(in: context))]
    }

    public var argumentJSON: JSON? {
        var members = JSONObject()
        for (key, value) in sorted(by: { $0.key < $1.key }) {
            guard let json = value.argumentJSON else { return nil }
            members[key] = json
        }
        return .object(members)
    }
}
