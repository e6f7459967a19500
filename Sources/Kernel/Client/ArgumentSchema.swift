package import ModuleJSON

/// What a client needs to know of a task's JSON schema: its arguments one by one.
package struct ArgumentSchema: Sendable {
    package struct Argument: Sendable {
        package let name: String
        package let schema: JSON
        package let isRequired: Bool
    }

    package let arguments: [Argument]
    package let takesOthers: Bool

    package init(_ schema: JSON?) {
        let required = Set(schema?["required"]?.array?.compactMap(\.string) ?? [])
        arguments = (schema?["properties"]?.object?.pairs ?? []).map { pair in
            Argument(
                name: pair.key, schema: pair.value, isRequired: required.contains(pair.key))
        }
        let additional = schema?["additionalProperties"]
        takesOthers = schema != nil && additional?.bool != false
    }

    package func argument(_ name: String) -> Argument? { arguments.first { $0.name == name } }
}

extension ArgumentSchema.Argument {
    package var types: [String] {
        guard let type = schema["type"] else { return [] }
        return (type.array ?? [type]).compactMap(\.string)
    }

    package var about: String { schema["description"]?.string ?? "" }

    package var fallback: JSON? { schema["default"] }

    /// The only values that it may have, as they are typed.
    package var choices: [String] {
        if let allowed = schema["enum"]?.array { return allowed.map { $0.string ?? $0.text } }
        return types.contains("boolean") ? ["true", "false"] : []
    }

    /// Whether its value names a file or a folder.
    package var isPath: Bool {
        guard types.isEmpty || types.contains("string"), choices.isEmpty else { return false }
        let names = ["path", "file", "folder", "directory"]
        let name = name.lowercased()
        if names.contains(where: { name.hasSuffix($0) }) { return true }
        let firstWords = about.lowercased().split { !$0.isLetter }.prefix(2).map(String.init)
        return firstWords.contains { ["path", "file", "folder", "directory"].contains($0) }
    }

    /// `text`, `whole number`, `one of quiet, loud`, `list of text`: what a person may write.
    package var kind: String {
        if let allowed = schema["enum"]?.array {
            return "one of " + allowed.map { $0.string ?? $0.text }.joined(separator: ", ")
        }
        let kinds = types.filter { $0 != "null" }.map { Self.kind($0, schema) }
        guard !kinds.isEmpty else { return "anything" }
        return kinds.joined(separator: " or ") + limits
    }

    private static func kind(_ type: String, _ schema: JSON) -> String {
        switch type {
        case "string": "text"
        case "integer": "whole number"
        case "boolean": "yes or no"
        case "array": "list" + (items(schema).map { " of \($0)" } ?? "")
        case "object": "JSON object"
        default: type
        }
    }

    private static func items(_ schema: JSON) -> String? {
        guard let type = schema["items"]?["type"]?.string else { return nil }
        switch type {
        case "string": return "texts"
        case "integer": return "whole numbers"
        case "number": return "numbers"
        case "object": return "JSON objects"
        default: return nil
        }
    }

    private var limits: String {
        let least = schema["minimum"]?.text
        let most = schema["maximum"]?.text
        switch (least, most) {
        case (let least?, let most?): return ", \(least) to \(most)"
        case (let least?, nil): return ", at least \(least)"
        case (nil, let most?): return ", at most \(most)"
        case (nil, nil): return ""
        }
    }
}
