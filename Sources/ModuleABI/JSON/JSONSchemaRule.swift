/// One level of a schema, read once so that checking does not look anything up.
final class JSONSchemaRule: Sendable {
    let types: JSONTypeSet?
    let allowed: [JSON]?
    let properties: [Property]
    let propertyPositions: [String: Int]
    let required: [String]
    let additional: Additional
    let minimum: JSON?
    let maximum: JSON?
    let above: JSON?
    let below: JSON?
    let length: Bounds
    let itemCount: Bounds
    let items: JSONSchemaRule?
    let fallback: JSON?
    /// Whether this level or one below has a default.
    let hasDefaults: Bool

    struct Property: Sendable {
        let name: String
        let rule: JSONSchemaRule
    }

    enum Additional: Sendable {
        case anything
        case nothing
        case each(JSONSchemaRule)
    }

    struct Bounds: Sendable {
        let least: Int?
        let most: Int?
    }

    /// What would be a check, were it known here.
    private static let unsupported: Set<String> = [
        "$ref", "$dynamicRef", "allOf", "anyOf", "oneOf", "not", "if", "then", "else",
        "dependentSchemas", "dependentRequired", "patternProperties", "propertyNames", "pattern",
        "contains", "minContains", "maxContains", "uniqueItems", "prefixItems", "multipleOf",
        "minProperties", "maxProperties", "unevaluatedItems", "unevaluatedProperties",
    ]

    /// The rule that everything fits.
    init() {
        types = nil
        allowed = nil
        properties = []
        propertyPositions = [:]
        required = []
        additional = .anything
        minimum = nil
        maximum = nil
        above = nil
        below = nil
        length = Bounds(least: nil, most: nil)
        itemCount = Bounds(least: nil, most: nil)
        items = nil
        fallback = nil
        hasDefaults = false
    }

    init(_ json: JSON, at path: JSONPath) throws(JSONSchemaError) {
        guard case .object(let object) = json else {
            throw JSONSchemaError(path: path, problem: "must be an object, but is \(json.shown)")
        }
        let reader = JSONSchemaReader(object: object, path: path)
        for key in object.keys where Self.unsupported.contains(key) {
            throw reader.error(key, "is not supported: the code must check this itself")
        }
        types = try reader.types()
        allowed = try reader.allowedValues()
        let properties = try reader.properties()
        self.properties = properties
        propertyPositions = Dictionary(
            uniqueKeysWithValues: properties.enumerated().map { ($1.name, $0) })
        required = try reader.names("required")
        additional = try reader.additional()
        minimum = try reader.number("minimum")
        maximum = try reader.number("maximum")
        above = try reader.number("exclusiveMinimum")
        below = try reader.number("exclusiveMaximum")
        length = Bounds(least: try reader.count("minLength"), most: try reader.count("maxLength"))
        itemCount = Bounds(least: try reader.count("minItems"), most: try reader.count("maxItems"))
        items = try reader.rule("items")
        fallback = object["default"]
        var rules = properties.map(\.rule)
        if let items { rules.append(items) }
        if case .each(let rule) = additional { rules.append(rule) }
        hasDefaults = rules.contains { $0.fallback != nil || $0.hasDefaults }
    }

    func rule(for name: String) -> JSONSchemaRule? {
        propertyPositions[name].map { properties[$0].rule }
    }

    func fillingDefaults(in value: JSON) -> JSON {
        switch value {
        case .object(var object):
            for property in properties {
                if let member = object[property.name] {
                    guard property.rule.hasDefaults else { continue }
                    object[property.name] = property.rule.fillingDefaults(in: member)
                } else if let fallback = property.rule.fallback {
                    object[property.name] = property.rule.fillingDefaults(in: fallback)
                }
            }
            if case .each(let rule) = additional, rule.hasDefaults {
                for pair in object.pairs where propertyPositions[pair.key] == nil {
                    object[pair.key] = rule.fillingDefaults(in: pair.value)
                }
            }
            return .object(object)
        case .array(let list):
            guard let items, items.hasDefaults else { return value }
            return .array(list.map { items.fillingDefaults(in: $0) })
        default:
            return value
        }
    }
}
