import KernelBase
package import KernelConfig
import KernelSystem
import ModuleJSON

/// One more provider or model in the configuration file: a table at its end, and nothing else of it
/// is touched.
package struct ModelEntry: Sendable, Hashable {
    /// Of the table.
    package var name: String
    package var kind: Kind

    package enum Kind: Sendable, Hashable {
        /// `[providers.<name>]`: what of it is not said is as its module knows it.
        case provider(preset: String?, base: String?, key: String?)
        /// `[models.<name>]`: one of a provider, `provider/model`.
        case model(String)
        /// `[models.<name>]`: run by the kernel itself.
        case file(String)
    }

    package struct Failure: Error, Sendable, Hashable, CustomStringConvertible {
        package let description: String
    }

    package init(name: String, _ kind: Kind) {
        self.name = name
        self.kind = kind
    }

    private var section: String {
        if case .provider = kind { "providers" } else { "models" }
    }

    /// `[providers.deepseek]`
    package var header: String { table.header }

    private var table: ModelAddition.Table {
        typealias Value = ModelAddition.Table.Value
        let values: [Value?] =
            switch kind {
            case .model(let model): [Value("model", .string(model))]
            case .file(let file): [Value("file", .string(file))]
            case .provider(let preset, let base, let key):
                [
                    preset.map { Value("preset", .string($0)) },
                    base.map { Value("base_url", .string($0)) },
                    key.map { Value("keys", [.string($0)]) },
                ]
            }
        return ModelAddition.Table(path: [section, name], values: values.compactMap(\.self))
    }

    /// The text of the file with the table in it.
    func added(to text: String) throws(Failure) -> String {
        let root: TomlTable
        do throws(TomlError) {
            root = try TomlDocument(parsing: Array(text.utf8)).root
        } catch {
            throw Failure(description: "it has a mistake, mend that first: \(error)")
        }
        guard root[section]?.table?[name] == nil else {
            throw Failure(description: "it has a table \(header) already: change that one")
        }
        let gap = text.isEmpty || text.hasSuffix("\n\n") ? "" : text.hasSuffix("\n") ? "\n" : "\n\n"
        return text + gap + table.text + "\n"
    }

    /// Writes the file if it then is one that the kernel takes, and what the table names is there.
    package func write(
        _ paths: Paths, environment: [String: String],
        providers: [String: ConfigurableProvider] = [:]
    ) throws(Failure) {
        let file = paths.configurationFile
        do {
            let text = String(decoding: try ConfigurationFile.read(paths) ?? [], as: UTF8.self)
            let new = try added(to: text)
            try ConfigurationEdit(paths: paths, environment: environment).write(new) { read in
                let warnings = read.warnings(
                    providers: providers, fileExists: { Files.exists($0) })
                if let warning = warnings.first(where: { $0.table == "\(section).\(name)" }) {
                    throw Failure(description: warning.sentence)
                }
            }
        } catch {
            throw Failure(description: "\(file) was not changed: \(error)")
        }
    }
}
