import KernelConfig
import ModuleJSON

/// What is added to a configuration file so that a model answers: tables at its end, and the
/// choice in `[chat]`. Everything else stays as its author wrote it.
struct ModelAddition: Sendable, Hashable {
    var tables: [Table] = []
    /// `model` of `[chat]`.
    let model: String

    struct Table: Sendable, Hashable {
        let path: [String]
        var values: [Value] = []

        struct Value: Sendable, Hashable {
            let key: String
            let json: JSON

            init(_ key: String, _ json: JSON) {
                self.key = key
                self.json = json
            }
        }

        /// `[providers.deepseek]`
        var header: String { "[\(path.map { TomlText.key($0) }.joined(separator: "."))]" }

        var text: String {
            ([header] + values.map { "\(TomlText.key($0.key)) = \(Self.text($0.json))" })
                .joined(separator: "\n")
        }

        private static func text(_ json: JSON) -> String {
            switch json {
            case .string(let text): TomlText.string(text)
            case .array(let entries): "[" + entries.map { text($0) }.joined(separator: ", ") + "]"
            default: json.text
            }
        }
    }

    struct Failure: Error, Sendable, Hashable, CustomStringConvertible {
        let description: String
    }

    /// A table that is there already is left as it is.
    func added(to text: String, comment: String) throws(Failure) -> String {
        let document: TomlDocument
        do throws(TomlError) {
            document = try TomlDocument(parsing: Array(text.utf8))
        } catch {
            throw Failure(description: "it has a mistake, mend that first: \(error)")
        }
        let missing = tables.filter { !Self.has(document.root, $0.path) }
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        if lines.last == "" { lines.removeLast() }
        let chat = "model = \(TomlText.string(model))"
        if let node = document.root["chat"] {
            guard lines.indices.contains(node.position.line - 1) else { throw byHand(comment) }
            lines.insert(chat, at: node.position.line)
        }
        var new = missing.map(\.text)
        if document.root["chat"] == nil { new.append("[chat]\n\(chat)") }
        if !new.isEmpty {
            if !lines.isEmpty { lines.append("") }
            lines.append("# \(comment)")
            lines.append(new.joined(separator: "\n\n"))
        }
        let result = lines.joined(separator: "\n") + "\n"
        guard let read = try? TomlDocument(parsing: Array(result.utf8)),
            Self.json(read) == meaning(Self.json(document), missing)
        else { throw byHand(comment) }
        return result
    }

    private func byHand(_ comment: String) -> Failure {
        Failure(
            description: "its table [chat] is written in a way that is not changed mechanically: "
                + "add model = \(TomlText.string(model)) to [chat] by hand")
    }

    /// Whatever was done to the letters, it must mean this and nothing else.
    private func meaning(_ old: JSON, _ missing: [Table]) -> JSON {
        var root = old.object ?? JSONObject()
        for table in missing {
            var values = JSONObject()
            for value in table.values { values[value.key] = value.json }
            Self.set(&root, table.path[...], .object(values))
        }
        Self.set(&root, ["chat", "model"], .string(model))
        return .object(root)
    }

    private static func set(_ object: inout JSONObject, _ path: ArraySlice<String>, _ value: JSON) {
        guard let first = path.first else { return }
        guard path.count > 1 else {
            object[first] = value
            return
        }
        var inner = object[first]?.object ?? JSONObject()
        set(&inner, path.dropFirst(), value)
        object[first] = .object(inner)
    }

    private static func has(_ root: TomlTable, _ path: [String]) -> Bool {
        var table: TomlTable? = root
        for part in path { table = table?[part]?.table }
        return table != nil
    }

    private static func json(_ document: TomlDocument) -> JSON {
        TomlNode(.table(document.root), at: TomlPosition(line: 1, column: 1)).json
    }
}
