/// A string of the configuration that says where a secret is, instead of the secret.
package enum SecretReference: Sendable, Hashable, CustomStringConvertible {
    /// `env:NAME`
    case variable(String)
    /// `file:PATH`
    case file(String)
    /// `keyring:NAME`
    case keyring(String)

    /// Nil: the text stands for itself.
    package init?(_ text: String) {
        if text.hasPrefix("env:") {
            self = .variable(String(text.dropFirst("env:".count)))
        } else if text.hasPrefix("file:") {
            self = .file(String(text.dropFirst("file:".count)))
        } else if text.hasPrefix("keyring:") {
            self = .keyring(String(text.dropFirst("keyring:".count)))
        } else {
            return nil
        }
    }

    package var description: String {
        switch self {
        case .variable(let name): "env:\(name)"
        case .file(let path): "file:\(path)"
        case .keyring(let name): "keyring:\(name)"
        }
    }

    var isEmpty: Bool {
        switch self {
        case .variable(let name): name.isEmpty
        case .file(let path): path.isEmpty
        case .keyring(let name): name.isEmpty
        }
    }

    /// What a text that is no reference means: `literal:` escapes one that looks like it.
    static func literal(_ text: String) -> String {
        text.hasPrefix("literal:") ? String(text.dropFirst("literal:".count)) : text
    }

    struct Found {
        let reference: SecretReference
        let position: TomlPosition
    }

    static func all(in node: TomlNode) -> [Found] {
        switch node.value {
        case .string(let text):
            SecretReference(text).map { [Found(reference: $0, position: node.position)] } ?? []
        case .array(let elements): elements.flatMap { all(in: $0) }
        case .table(let table): table.members.flatMap { all(in: $0.node) }
        default: []
        }
    }
}
