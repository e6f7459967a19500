internal import ModuleJSON

/// Works out the schema of a type of arguments from the properties of a fresh value.
public final class ArgumentSchemaContext {
    /// What is wrong with the type: sentences for its author.
    var problems: [String] = []
    /// The types being worked out, to notice one that contains itself.
    private var types: [ObjectIdentifier] = []

    init() {}

    func objectSchema<A: Arguments>(of type: A.Type) -> JSONObject {
        guard !types.contains(ObjectIdentifier(type)) else {
            problems.append("\(type) contains itself, which arguments cannot; use JSON for it")
            return [:]
        }
        types.append(ObjectIdentifier(type))
        defer { types.removeLast() }
        var properties = JSONObject()
        var required: [JSON] = []
        for child in Mirror(reflecting: type.init()).children {
            guard let label = child.label else { continue }
            let property = property(child.value, label: label, of: type)
            properties[property.name] = .object(property.schema)
            if property.isRequired { required.append(.string(property.name)) }
        }
        var schema: JSONObject = ["type": "object"]
        if !properties.isEmpty { schema["properties"] = .object(properties) }
        if !required.isEmpty { schema["required"] = .array(required) }
        schema["additionalProperties"] = false
        return schema
    }

    private struct Property {
        var name: String
        var schema: JSONObject
        var isRequired: Bool
    }

    private func property(_ value: Any, label: String, of owner: Any.Type) -> Property {
        if let argument = value as? any AnyArgument {
            let definition = argument.definition
            var schema = type(of: argument).valueSchema(in: self)
            schema["description"] = definition.about.isEmpty ? nil : .string(definition.about)
            for (keyword, bound) in definition.limits { schema[keyword] = bound }
            schema["default"] = definition.fallback
            let name = String(label.dropFirst())
            return Property(name: name, schema: schema, isRequired: definition.isRequired)
        }
        guard let valueType = type(of: value) as? any ArgumentValue.Type,
            let plain = value as? any ArgumentValue
        else {
            problems.append(
                "the property \"\(label)\" of \(owner) has the type \(type(of: value)), which"
                    + " arguments cannot have; make it ArgumentValue, Choice or Arguments")
            return Property(name: label, schema: [:], isRequired: false)
        }
        var schema = valueType.argumentSchema(in: self)
        let fallback = plain.argumentJSON
        schema["default"] = fallback == .null ? nil : fallback
        return Property(name: label, schema: schema, isRequired: fallback == nil)
    }

    /// The properties of a value as an object; nil if a required one has no value yet.
    static func json(of arguments: some Arguments) -> JSON? {
        var members = JSONObject()
        for child in Mirror(reflecting: arguments).children {
            guard let label = child.label else { continue }
            if let argument = child.value as? any AnyArgument {
                guard let json = argument.currentJSON else { return nil }
                members[String(label.dropFirst())] = json
            } else if let plain = child.value as? any ArgumentValue {
                guard let json = plain.argumentJSON else { return nil }
                members[label] = json
            }
        }
        return .object(members)
    }
}
