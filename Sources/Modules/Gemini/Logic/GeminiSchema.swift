import ModuleJSON

/// JSON Schema in Google's dialect of it, which knows less and refuses what it does not know:
/// - a list of types, also with null, becomes `nullable` and `anyOf`; `oneOf` becomes `anyOf`, and
///   `allOf` one schema;
/// - `const` becomes an `enum`, which only texts may have: of other values the description tells;
/// - `$ref` is replaced by what it means, and within itself by an object of any kind;
/// - limits that exclude their value become limits that include the next one;
/// - `additionalProperties`, `not`, conditions, patterns of names, most formats and everything else
///   is dropped: the kernel checks arguments and answers by the whole schema anyway.
struct GeminiSchema: Sendable {
    private let definitions: JSONObject
    /// The references that are being followed.
    private var open: [String] = []
    private var count = 0

    /// A few references may mean a tree of any size: what is beyond is an object of any kind.
    private static let schemasMax = 2000

    static func adapted(_ schema: JSONObject) -> JSONObject {
        var definitions = schema["definitions"]?.object ?? [:]
        for (name, definition) in schema["$defs"]?.object ?? [:] { definitions[name] = definition }
        var adapter = GeminiSchema(definitions: definitions)
        return adapter.adapted(schema)
    }

    private init(definitions: JSONObject) {
        self.definitions = definitions
    }

    /// What is taken as it is.
    private static let kept = [
        "title", "description", "minItems", "maxItems", "minProperties", "maxProperties",
        "minLength", "maxLength", "pattern", "minimum", "maximum", "default",
    ]

    private mutating func adapted(_ schema: JSONObject) -> JSONObject {
        count += 1
        guard count <= Self.schemasMax else { return Self.anyObject }
        if let reference = schema["$ref"]?.string { return followed(reference, from: schema) }
        var rest = schema
        if let parts = schema["allOf"]?.array {
            rest["allOf"] = nil
            return adapted(parts.reduce(rest) { Self.merged($1.object ?? [:], into: $0) })
        }
        if let choices = (schema["anyOf"] ?? schema["oneOf"])?.array {
            rest["anyOf"] = nil
            rest["oneOf"] = nil
            return alternatives(choices, beside: rest)
        }
        if let types = schema["type"]?.array {
            rest["type"] = nil
            return alternatives(types.map { ["type": $0] }, beside: rest)
        }
        return plain(schema)
    }

    private mutating func adapted(_ json: JSON) -> JSONObject {
        // A schema may be true: anything.
        adapted(json.object ?? [:])
    }

    // MARK: One type

    private mutating func plain(_ schema: JSONObject) -> JSONObject {
        let type = Self.type(of: schema)
        var adapted: JSONObject = ["type": .string(type)]
        for key in Self.kept { adapted[key] = schema[key] }
        addLimits(schema, type, &adapted)
        addValues(schema, type, &adapted)
        if schema["nullable"] == true { adapted["nullable"] = true }
        if let format = schema["format"]?.string, Self.formats[type]?.contains(format) == true {
            adapted["format"] = .string(format)
        }
        if type == "ARRAY" {
            adapted["items"] = .object(schema["items"].map { self.adapted($0) } ?? Self.anyText)
        }
        if type == "OBJECT" { addMembers(schema, &adapted) }
        return adapted
    }

    private static let anyText: JSONObject = ["type": "STRING"]
    private static let anyObject: JSONObject = ["type": "OBJECT"]

    private static let formats: [String: Set<String>] = [
        "STRING": ["date-time"], "NUMBER": ["float", "double"], "INTEGER": ["int32", "int64"],
    ]

    private static func type(of schema: JSONObject) -> String {
        if let type = schema["type"]?.string { return type.uppercased() }
        if schema["properties"] != nil { return "OBJECT" }
        if schema["items"] != nil { return "ARRAY" }
        switch schema["const"] ?? schema["enum"]?[0] {
        case .integer?: return "INTEGER"
        case .number?: return "NUMBER"
        case .bool?: return "BOOLEAN"
        default: return "STRING"
        }
    }

    private func addLimits(_ schema: JSONObject, _ type: String, _ adapted: inout JSONObject) {
        let step: Int64 = type == "INTEGER" ? 1 : 0
        if adapted["minimum"] == nil, let least = schema["exclusiveMinimum"] {
            adapted["minimum"] = Self.moved(least, step)
        }
        if adapted["maximum"] == nil, let most = schema["exclusiveMaximum"] {
            adapted["maximum"] = Self.moved(most, -step)
        }
    }

    private static func moved(_ limit: JSON, _ step: Int64) -> JSON? {
        guard limit.number != nil else { return nil }
        guard step != 0, let whole = limit.integer else { return limit }
        let (moved, isOver) = whole.addingReportingOverflow(step)
        return .integer(isOver ? whole : moved)
    }

    private func addValues(_ schema: JSONObject, _ type: String, _ adapted: inout JSONObject) {
        guard let values = schema["enum"]?.array ?? schema["const"].map({ [$0] }) else { return }
        let texts = values.compactMap(\.string)
        if type == "STRING", !texts.contains("") {
            if !texts.isEmpty { adapted["enum"] = .array(texts.map { .string($0) }) }
            if values.contains(.null) { adapted["nullable"] = true }
            return
        }
        let told = "One of: " + values.map(\.text).joined(separator: ", ") + "."
        let about = schema["description"]?.string ?? ""
        adapted["description"] = .string(about.isEmpty ? told : "\(about) \(told)")
    }

    private mutating func addMembers(_ schema: JSONObject, _ adapted: inout JSONObject) {
        var properties: JSONObject = [:]
        for (name, member) in schema["properties"]?.object ?? [:] {
            properties[name] = .object(self.adapted(member))
        }
        guard !properties.isEmpty else { return }
        adapted["properties"] = .object(properties)
        // A name that has no schema is refused here.
        let required = (schema["required"]?.array ?? []).filter { name in
            name.string.map { properties[$0] != nil } ?? false
        }
        if !required.isEmpty { adapted["required"] = .array(required) }
    }

    // MARK: Several

    /// Beside `anyOf` nothing else may stand: what does goes into every choice.
    private mutating func alternatives(
        _ choices: [JSON], beside rest: JSONObject
    ) -> JSONObject {
        let isNullable = choices.contains { $0["type"] == "null" } || rest["nullable"] == true
        var list: [JSONObject] = []
        for choice in choices where choice["type"] != "null" {
            var one = adapted(Self.merged(rest, into: choice.object ?? [:]))
            if isNullable { one["nullable"] = true }
            list.append(one)
        }
        guard list.count > 1 else { return list.first ?? Self.anyText }
        return ["anyOf": .array(list.map { .object($0) })]
    }

    /// Both hold; where they contradict each other the first does.
    private static func merged(_ other: JSONObject, into first: JSONObject) -> JSONObject {
        var merged = first
        for (key, value) in other {
            switch (key, merged[key], value) {
            case ("properties", .object(var before)?, .object(let more)):
                for (name, member) in more where before[name] == nil { before[name] = member }
                merged[key] = .object(before)
            case ("required", .array(let before)?, .array(let more)):
                merged[key] = .array(before + more.filter { !before.contains($0) })
            default: merged[key] = merged[key] ?? value
            }
        }
        return merged
    }

    private mutating func followed(_ reference: String, from schema: JSONObject) -> JSONObject {
        let name = reference.split(separator: "/").last.map(String.init) ?? ""
        guard !open.contains(name), let definition = definitions[name]?.object else {
            return Self.anyObject
        }
        open.append(name)
        defer { open.removeLast() }
        var meant = definition
        if let about = schema["description"] { meant["description"] = about }
        return adapted(meant)
    }
}
