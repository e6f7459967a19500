/// Reads the keywords of one level of a schema and says which of them is malformed.
struct JSONSchemaReader {
    let object: JSONObject
    let path: JSONPath

    func types() throws(JSONSchemaError) -> JSONTypeSet? {
        guard let json = object["type"] else { return nil }
        var types = JSONTypeSet.none
        for name in json.array ?? [json] {
            guard let name = name.string, let type = JSONTypeSet.named(name) else {
                let known = JSONTypeSet.names.joined(separator: ", ")
                throw error("type", "must be one of \(known), but is \(name.shown)")
            }
            types.insert(type)
        }
        return types
    }

    func allowedValues() throws(JSONSchemaError) -> [JSON]? {
        if let constant = object["const"] { return [constant] }
        guard let json = object["enum"] else { return nil }
        guard let values = json.array, !values.isEmpty else {
            throw error("enum", "must be a list with at least one value, but is \(json.shown)")
        }
        return values
    }

    func properties() throws(JSONSchemaError) -> [JSONSchemaRule.Property] {
        guard let json = object["properties"] else { return [] }
        guard let members = json.object else {
            throw error("properties", "must be an object, but is \(json.shown)")
        }
        let inner = path.appending(.key("properties"))
        var properties: [JSONSchemaRule.Property] = []
        for (name, json) in members {
            let rule = try JSONSchemaRule(json, at: inner.appending(.key(name)))
            properties.append(JSONSchemaRule.Property(name: name, rule: rule))
        }
        return properties
    }

    func names(_ key: String) throws(JSONSchemaError) -> [String] {
        guard let json = object[key] else { return [] }
        guard let names = json.array?.compactMap(\.string), names.count == json.array?.count else {
            throw error(key, "must be a list of texts, but is \(json.shown)")
        }
        return names
    }

    func additional() throws(JSONSchemaError) -> JSONSchemaRule.Additional {
        switch object["additionalProperties"] {
        case nil, .bool(true): return .anything
        case .bool(false): return .nothing
        case let json?:
            return .each(try JSONSchemaRule(json, at: path.appending(.key("additionalProperties"))))
        }
    }

    func number(_ key: String) throws(JSONSchemaError) -> JSON? {
        guard let json = object[key] else { return nil }
        guard json.number != nil else { throw error(key, "must be a number, but is \(json.shown)") }
        return json
    }

    func count(_ key: String) throws(JSONSchemaError) -> Int? {
        guard let json = object[key] else { return nil }
        guard let count = json.integer.flatMap({ Int(exactly: $0) }), count >= 0 else {
            throw error(key, "must be a whole number from 0, but is \(json.shown)")
        }
        return count
    }

    func rule(_ key: String) throws(JSONSchemaError) -> JSONSchemaRule? {
        guard let json = object[key] else { return nil }
        return try JSONSchemaRule(json, at: path.appending(.key(key)))
    }

    func error(_ key: String, _ problem: String) -> JSONSchemaError {
        JSONSchemaError(path: path.appending(.key(key)), problem: problem)
    }
}
