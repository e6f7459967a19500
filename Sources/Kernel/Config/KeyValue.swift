/// The value of one of the kernel's own keys, checked.
package enum KeyValue: Sendable, Hashable {
    case boolean(Bool)
    case integer(Int)
    case text(String)
    case texts([String])
    case choices([String: String])

    /// As it stands in a TOML file.
    package var tomlText: String {
        switch self {
        case .boolean(let value): "\(value)"
        case .integer(let value): "\(value)"
        case .text(let value): TomlText.string(value)
        case .texts(let values):
            "[" + values.map { TomlText.string($0) }.joined(separator: ", ") + "]"
        case .choices(let values) where values.isEmpty: "{}"
        case .choices(let values):
            "{ "
                + values.sorted { $0.key < $1.key }
                .map { "\(TomlText.key($0.key)) = \(TomlText.string($0.value))" }
                .joined(separator: ", ") + " }"
        }
    }
}
