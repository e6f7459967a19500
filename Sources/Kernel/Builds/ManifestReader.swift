import KernelBase
import ModuleJSON

/// Reads members of a JSON object, naming the member that is missing or of the wrong kind.
struct ManifestReader {
    private let json: JSON
    private let prefix: String

    init(_ json: JSON, _ prefix: String) {
        self.json = json
        self.prefix = prefix
    }

    func path(_ name: String) -> String {
        prefix.isEmpty ? name : "\(prefix).\(name)"
    }

    /// A member that is absent or null, as one thing.
    private func value(_ name: String) -> JSON? {
        guard let value = json[name], !value.isNull else { return nil }
        return value
    }

    private func wrong(_ name: String, _ expected: String) -> ManifestError {
        ManifestError("\(path(name)) of the manifest must be \(expected)")
    }

    func text(_ name: String) throws(ManifestError) -> String {
        guard let text = value(name)?.string, !text.isEmpty else {
            throw wrong(name, "a text that is not empty")
        }
        return text
    }

    func text(_ name: String, or fallback: String) throws(ManifestError) -> String {
        guard let value = value(name) else { return fallback }
        guard let text = value.string else { throw wrong(name, "a text") }
        return text
    }

    func number(_ name: String, or fallback: Double) throws(ManifestError) -> Double {
        guard let value = value(name) else { return fallback }
        guard let number = value.number else { throw wrong(name, "a number") }
        return number
    }

    func natural(_ name: String) throws(ManifestError) -> UInt32 {
        guard let number = value(name)?.integer, let natural = UInt32(exactly: number) else {
            throw wrong(name, "a whole number from 0 on")
        }
        return natural
    }

    func flag(_ name: String, or fallback: Bool) throws(ManifestError) -> Bool {
        guard let value = value(name) else { return fallback }
        guard let flag = value.bool else { throw wrong(name, "true or false") }
        return flag
    }

    func version(_ name: String) throws(ManifestError) -> SemanticVersion {
        guard let version = SemanticVersion(try text(name)) else {
            throw wrong(name, "a version like 1.2.3")
        }
        return version
    }

    func choice<Choice>(
        _ name: String, or fallback: Choice, _ choices: KeyValuePairs<String, Choice>
    ) throws(ManifestError) -> Choice {
        guard let value = value(name) else { return fallback }
        guard let choice = choices.first(where: { $0.key == value.string }) else {
            throw wrong(name, "one of " + choices.map(\.key).joined(separator: ", "))
        }
        return choice.value
    }

    func schema(_ name: String) throws(ManifestError) -> JSONSchema? {
        guard let value = value(name) else { return nil }
        do {
            return try JSONSchema(value)
        } catch {
            throw ManifestError("\(path(name)) of the manifest is not a schema: \(error)")
        }
    }

    func member(_ name: String) throws(ManifestError) -> ManifestReader? {
        guard let value = value(name) else { return nil }
        guard value.object != nil else { throw wrong(name, "an object") }
        return ManifestReader(value, path(name))
    }

    func list(_ name: String) throws(ManifestError) -> [ManifestReader] {
        guard let value = value(name) else { return [] }
        guard let items = value.array else { throw wrong(name, "a list") }
        return items.enumerated().map { ManifestReader($1, "\(path(name))[\($0)]") }
    }
}
