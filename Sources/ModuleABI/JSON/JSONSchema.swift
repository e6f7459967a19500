/// A JSON Schema, as far as arguments and configurations need one: type (also a list of types),
/// properties, required, additionalProperties, enum, const, minimum, maximum, exclusiveMinimum,
/// exclusiveMaximum, minLength, maxLength, items, minItems, maxItems, default, description.
/// A keyword that would check something and is not among these is refused, not ignored.
public struct JSONSchema: Sendable, Hashable {
    /// The schema as it was given.
    public let json: JSON
    let rule: JSONSchemaRule

    public init(_ json: JSON) throws(JSONSchemaError) {
        self.json = json
        rule = try JSONSchemaRule(json, at: JSONPath())
    }

    /// The schema that every document fits.
    public static let anything = JSONSchema()

    private init() {
        json = [:]
        rule = JSONSchemaRule()
    }

    /// Everything that is wrong with a document, at most `problemsMax` of it; empty if it fits.
    public func problems(in document: JSON) -> [JSONSchemaProblem] {
        var check = JSONSchemaCheck()
        check.check(document, against: rule)
        return check.problems
    }

    /// The document with every missing member that has a default.
    public func fillingDefaults(in document: JSON) -> JSON {
        rule.hasDefaults ? rule.fillingDefaults(in: document) : document
    }

    /// The names of the properties of the outermost object, in the order of the schema.
    public var propertyNames: [String] { rule.properties.map(\.name) }

    public static func == (left: JSONSchema, right: JSONSchema) -> Bool { left.json == right.json }
    public func hash(into hasher: inout Hasher) { hasher.combine(json) }
}

/// One thing that is wrong with a document.
public struct JSONSchemaProblem: Sendable, Hashable, CustomStringConvertible {
    public let path: JSONPath
    /// Names the place and says what is wrong: `"times" must be at most 10, but is 99`.
    public let sentence: String

    public var description: String { sentence }
}

/// Why a document is not a schema.
public struct JSONSchemaError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The place inside the schema.
    public let path: JSONPath
    public let problem: String

    public var description: String {
        path.steps.isEmpty ? "the schema \(problem)" : "\"\(path)\" in the schema \(problem)"
    }
}
