package import ModuleJSON

/// The value of one argument: from the text that a person types to the JSON that the task wants.
package struct ArgumentText {
    let argument: ArgumentSchema.Argument

    package init(_ argument: ArgumentSchema.Argument) {
        self.argument = argument
    }

    package func value(of text: String) throws(CommandProblem) -> JSON {
        if let allowed = argument.schema["enum"]?.array { return try choice(text, allowed) }
        let types = argument.types
        guard !types.isEmpty else { return (try? JSON(parsing: text)) ?? .string(text) }
        for type in types where type != "string" {
            if let value = Self.value(text, type) { return value }
        }
        if types.contains("array") { return try list(text) }
        if types.contains("string") { return .string(text) }
        throw refusal(text)
    }

    private func choice(_ text: String, _ allowed: [JSON]) throws(CommandProblem) -> JSON {
        if let value = allowed.first(where: { ($0.string ?? $0.text) == text }) { return value }
        let hint = Spelling.hint(for: text, among: argument.choices)
        let list = argument.choices.joined(separator: ", ")
        throw CommandProblem(
            "\"\(argument.name)\" must be one of \(list), but is \"\(text)\"\(hint)")
    }

    /// Nil if the text is no value of that type, as far as the text alone can tell.
    private static func value(_ text: String, _ type: String) -> JSON? {
        switch type {
        case "integer": return Int64(text).map { .integer($0) }
        case "number":
            guard let json = try? JSON(parsing: text), json.number != nil else { return nil }
            return json
        case "boolean": return truth(text).map { .bool($0) }
        case "null":
            guard text == "null" else { return nil }
            return .some(.null)
        case "object", "array":
            guard let json = try? JSON(parsing: text) else { return nil }
            guard type == "object" ? json.object != nil : json.array != nil else { return nil }
            return json
        default: return nil
        }
    }

    private static func truth(_ text: String) -> Bool? {
        switch text.lowercased() {
        case "true", "yes", "on": true
        case "false", "no", "off": false
        default: nil
        }
    }

    /// `a,b,c`; what begins with a bracket must be JSON.
    private func list(_ text: String) throws(CommandProblem) -> JSON {
        if text.first == "[" {
            throw CommandProblem("\"\(argument.name)\" is not a JSON list: \(Self.fault(text))")
        }
        let item = ArgumentText(
            ArgumentSchema.Argument(
                name: argument.name, schema: argument.schema["items"] ?? [:], isRequired: true))
        var items: [JSON] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) where text != "" {
            items.append(try item.value(of: String(part)))
        }
        return .array(items)
    }

    private func refusal(_ text: String) -> CommandProblem {
        let shown = JSON.string(text).shown
        if argument.types.contains("object") {
            return CommandProblem(
                "\"\(argument.name)\" must be a JSON object, such as {\"name\": \"value\"}: "
                    + Self.fault(text))
        }
        return CommandProblem("\"\(argument.name)\" must be \(named), but is \(shown)")
    }

    private var named: String {
        let types = argument.types.filter { $0 != "null" }
        let names = types.map { type in
            switch type {
            case "integer": "a whole number"
            case "boolean": "yes or no"
            default: "a \(type)"
            }
        }
        return names.joined(separator: " or ")
    }

    private static func fault(_ text: String) -> String {
        do {
            return "it is \(try JSON(parsing: text).shown)"
        } catch {
            return "\(error)"
        }
    }
}
