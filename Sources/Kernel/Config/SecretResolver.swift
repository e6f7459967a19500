import ModuleJSON

/// Turns a table into the JSON that a module gets, with every reference replaced by its secret.
struct SecretResolver {
    private(set) var problems: [ConfigurationProblem] = []
    /// Where a secret went, so that no message about that place repeats it.
    private(set) var secrets: [JSONPath: Secret] = [:]
    private let configuration: Configuration
    private let source: SecretSource
    private let header: String

    struct Secret {
        let reference: SecretReference
        let value: String
    }

    init(_ configuration: Configuration, source: SecretSource, header: String) {
        self.configuration = configuration
        self.source = source
        self.header = header
    }

    mutating func resolve(_ table: TomlTable, at path: JSONPath = JSONPath()) -> JSON {
        var object = JSONObject()
        for member in table.members {
            object[member.key] = resolve(member.node, at: path.appending(.key(member.key)))
        }
        return .object(object)
    }

    private mutating func resolve(_ node: TomlNode, at path: JSONPath) -> JSON {
        switch node.value {
        case .table(let table): return resolve(table, at: path)
        case .array(let elements):
            return .array(
                elements.enumerated().map { resolve($1, at: path.appending(.index($0))) })
        case .string(let text): return .string(resolve(text, at: path, node.position))
        default: return node.json
        }
    }

    private mutating func resolve(
        _ text: String, at path: JSONPath, _ position: TomlPosition
    ) -> String {
        guard let reference = SecretReference(text) else { return SecretReference.literal(text) }
        do {
            let value = try source.value(of: reference, folders: configuration.folders)
            secrets[path] = Secret(reference: reference, value: value)
            return value
        } catch {
            problems.append(
                ConfigurationProblem(
                    at: .file(path: configuration.file, position: position), table: header,
                    key: "\(path)", error.sentence))
            return ""
        }
    }
}
