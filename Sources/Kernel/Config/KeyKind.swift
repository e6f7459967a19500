import ModuleJSON

/// What may stand behind one of the kernel's own keys.
package enum KeyKind: Sendable, Equatable {
    case boolean
    case integer(IntegerLimits)
    case choice([String])
    case text
    case path
    case paths
    case texts
    /// A list of references to secrets: they stand for themselves nowhere.
    case secrets
    /// A table whose keys are ids of modules, each with one of the choices.
    case choicePerModule([String])
    /// A table whose keys are names of interfaces, each with the id of a module.
    case providers

    static let entriesMax = 256
    static let pathBytesMax = 4096

    /// For the reference and for sentences: "a whole number of workers from 1 to 64".
    package var expectation: String {
        switch self {
        case .boolean: "true or false"
        case .integer(let limits):
            (limits.unit.isEmpty ? "a whole number" : "a whole number of \(limits.unit)")
                + " from \(limits.range.lowerBound) to "
                + "\(limits.range.upperBound)"
        case .choice(let choices): "one of \(Self.list(choices))"
        case .text: "a string"
        case .path: "a path (a string)"
        case .paths: "a list of paths (strings)"
        case .texts: "a list of strings"
        case .secrets:
            "a list of references to secrets: \"env:NAME\", \"file:PATH\" or \"keyring:NAME\""
        case .choicePerModule(let choices):
            "a table of module ids, each with one of \(Self.list(choices))"
        case .providers: "a table of interfaces, each with the id of a module (a string)"
        }
    }

    /// Whether one environment variable can hold it.
    package var isScalar: Bool {
        switch self {
        case .boolean, .integer, .choice, .text, .path: true
        case .paths, .texts, .secrets, .choicePerModule, .providers: false
        }
    }

    /// What is wrong with a value, and where exactly.
    struct Complaint: Error {
        let position: TomlPosition
        let sentence: String
    }

    func check(_ node: TomlNode) throws(Complaint) -> KeyValue {
        switch (self, node.value) {
        case (.boolean, .boolean(let value)): return .boolean(value)
        case (.integer(let limits), .integer(let value)):
            guard let value = Int(exactly: value), limits.range.contains(value) else {
                throw unexpected("\(value)", at: node)
            }
            return .integer(value)
        case (.choice(let choices), .string(let value)):
            return .text(try choose(value, from: choices, at: node))
        case (.text, .string(let value)): return .text(try checkText(value, of: "text", at: node))
        case (.secrets, .array(let elements)): return .texts(try checkSecrets(elements, at: node))
        case (.path, .string(let value)): return .text(try checkText(value, of: "path", at: node))
        case (.paths, .array(let elements)):
            return .texts(try checkTexts(elements, of: "path", at: node))
        case (.texts, .array(let elements)):
            return .texts(try checkTexts(elements, of: "text", at: node))
        case (.choicePerModule(let choices), .table(let table)):
            return .choices(try checkChoices(table, from: choices))
        case (.providers, .table(let table)): return .choices(try checkProviders(table))
        default: throw unexpected(node.typeName, at: node)
        }
    }

    /// Reads the text of an environment variable: strings stand without quotes there.
    func check(text: String) throws(Complaint) -> KeyValue {
        let value: TomlNode.Value =
            switch self {
            case .boolean where ["true", "1", "yes", "on"].contains(text): .boolean(true)
            case .boolean where ["false", "0", "no", "off"].contains(text): .boolean(false)
            case .integer: Int64(text).map { .integer($0) } ?? .string(text)
            default: .string(text)
            }
        let node = TomlNode(value, at: TomlPosition(line: 1, column: 1))
        switch (self, value) {
        case (.integer, .string), (.boolean, .string): throw unexpected("\"\(text)\"", at: node)
        default: return try check(node)
        }
    }

    private func unexpected(_ found: String, at node: TomlNode) -> Complaint {
        Complaint(
            position: node.position, sentence: "This is \(found), but must be \(expectation).")
    }

    private func choose(
        _ value: String, from choices: [String], at node: TomlNode
    ) throws(Complaint) -> String {
        if choices.contains(value) { return value }
        let hint = Spelling.question(for: value, among: choices)
        throw Complaint(
            position: node.position,
            sentence: "This is \"\(value)\", but must be one of \(Self.list(choices)).\(hint)")
    }

    private func checkText(
        _ value: String, of noun: String, at node: TomlNode
    ) throws(Complaint) -> String {
        guard !value.isEmpty, !value.utf8.contains(0) else {
            throw Complaint(position: node.position, sentence: "A \(noun) cannot be empty.")
        }
        guard value.utf8.count <= Self.pathBytesMax else {
            throw Complaint(
                position: node.position,
                sentence: "This \(noun) is longer than \(Self.pathBytesMax) bytes.")
        }
        return value
    }

    private func checkTexts(
        _ elements: [TomlNode], of noun: String, at node: TomlNode
    ) throws(Complaint) -> [String] {
        guard elements.count <= Self.entriesMax else {
            throw Complaint(
                position: node.position,
                sentence: "The list has \(elements.count) entries; at most "
                    + "\(Self.entriesMax) are read.")
        }
        var texts: [String] = []
        for element in elements {
            guard let text = element.string else { throw unexpected(element.typeName, at: element) }
            texts.append(try checkText(text, of: noun, at: element))
        }
        return texts
    }

    /// A list that everybody may read, and that is shown and copied, holds no secret.
    private func checkSecrets(
        _ elements: [TomlNode], at node: TomlNode
    ) throws(Complaint) -> [String] {
        let texts = try checkTexts(elements, of: "reference", at: node)
        for (text, element) in zip(texts, elements) {
            guard let reference = SecretReference(text), !reference.isEmpty else {
                throw Complaint(
                    position: element.position,
                    sentence: "A secret does not belong into this file. Write \"env:NAME\" for a "
                        + "variable of the kernel's environment, \"file:PATH\" for a file with "
                        + "mode 0600, or \"keyring:NAME\" for the desktop keyring.")
            }
        }
        return texts
    }

    private func checkProviders(_ table: TomlTable) throws(Complaint) -> [String: String] {
        var result: [String: String] = [:]
        for member in table.members {
            guard let value = member.node.string, !value.isEmpty else {
                throw Complaint(
                    position: member.node.position,
                    sentence: "The entry \"\(member.key)\" is \(member.node.typeName), but must "
                        + "be the id of a module (a string).")
            }
            result[member.key] = value
        }
        return result
    }

    private func checkChoices(
        _ table: TomlTable, from choices: [String]
    ) throws(Complaint) -> [String: String] {
        var result: [String: String] = [:]
        for member in table.members {
            guard let value = member.node.string else {
                throw Complaint(
                    position: member.node.position,
                    sentence: "The entry \"\(member.key)\" is \(member.node.typeName), but must "
                        + "be one of \(Self.list(choices)).")
            }
            result[member.key] = try choose(value, from: choices, at: member.node)
        }
        return result
    }

    private static func list(_ choices: [String]) -> String {
        choices.map { "\"\($0)\"" }.joined(separator: ", ")
    }
}
