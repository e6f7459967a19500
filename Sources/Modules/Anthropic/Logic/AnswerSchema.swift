import ModuleJSON

/// A schema for an answer as `output_config.format` takes it. It refuses limits of numbers, lengths
/// and counts, which are dropped, since the kernel checks the answer anyway; and every object must
/// say that it has no further members.
enum AnswerSchema {
    static func adapted(_ schema: JSONObject) -> JSONObject {
        var adapted: JSONObject = [:]
        for (key, value) in schema where !refused.contains(key) {
            switch key {
            case "properties", "$defs", "definitions": adapted[key] = named(value)
            case "items": adapted[key] = one(value)
            case "anyOf", "allOf": adapted[key] = .array((value.array ?? []).map(one))
            // Alternatives that exclude each other are not known, ordinary ones are.
            case "oneOf": adapted["anyOf"] = .array((value.array ?? []).map(one))
            default: adapted[key] = value
            }
        }
        if isObject(schema) { adapted["additionalProperties"] = false }
        return adapted
    }

    private static let refused: Set<String> = [
        "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minLength",
        "maxLength", "minItems", "maxItems", "uniqueItems", "minProperties", "maxProperties",
        "patternProperties", "propertyNames", "additionalProperties", "$schema", "$id", "examples",
    ]

    private static func one(_ schema: JSON) -> JSON {
        schema.object.map { .object(adapted($0)) } ?? schema
    }

    private static func named(_ schemas: JSON) -> JSON {
        guard let members = schemas.object else { return schemas }
        var adapted: JSONObject = [:]
        for (name, schema) in members { adapted[name] = one(schema) }
        return .object(adapted)
    }

    private static func isObject(_ schema: JSONObject) -> Bool {
        guard let type = schema["type"] else { return schema["properties"] != nil }
        return type == "object" || type.array?.contains("object") == true
    }
}
