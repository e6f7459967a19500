import KernelBase

extension ConfigurationReader {
    mutating func readProviders(_ member: TomlTable.Member) {
        for provider in named(member, "provider") {
            let header = "providers.\(provider.key)"
            guard let table = table(of: provider, header: header) else { continue }
            var entry = Configuration.ProviderEntry()
            var rest = readKeys(of: table, header: header, into: &entry.settings)
            if let index = rest.firstIndex(where: { $0.key == ProviderSettings.optionsKey }) {
                readOptions(rest.remove(at: index), of: header, into: &entry)
            }
            refuse(rest, header, ProviderSettings.self, also: [ProviderSettings.optionsKey])
            checkAddresses(in: table, header, entry.settings)
            configuration.providers[provider.key] = entry
        }
    }

    private mutating func checkAddresses(
        in table: TomlTable, _ header: String, _ settings: ProviderSettings
    ) {
        let position = { (key: String) in
            table.members.first { $0.key == key }?.node.position ?? TomlPosition(line: 1, column: 1)
        }
        if let problem = settings.base.flatMap({ Self.problem(inBase: $0) }) {
            report(position("base_url"), header, "base_url", problem)
        }
        if let problem = settings.proxy.flatMap({ Self.problem(inProxy: $0) }) {
            report(position("proxy"), header, "proxy", problem)
        }
    }

    private static func problem(inBase url: String) -> String? {
        if URLText.namesUser(url) {
            return "A name or password must not stand in the address: write keys = "
                + "[\"file:PATH\"] instead."
        }
        if url.contains(where: { $0 == "?" || $0 == "#" }) {
            return "The address must have no \"?\" or \"#\": the paths of requests are added to it."
        }
        guard URLText.origin(of: url) == nil else { return nil }
        return "This is no address of a server: it must be as in \"http://127.0.0.1:8080/v1\"."
    }

    private static func problem(inProxy url: String) -> String? {
        if let reference = SecretReference(url) {
            return reference.isEmpty ? "The reference names nothing." : nil
        }
        guard URLText.namesUser(url) else { return nil }
        return "A name or password must not stand here: write \"env:NAME\" or \"file:PATH\", and "
            + "the whole address there."
    }

    private mutating func readOptions(
        _ member: TomlTable.Member, of header: String, into entry: inout Configuration.ProviderEntry
    ) {
        let header = "\(header).\(ProviderSettings.optionsKey)"
        guard let options = table(of: member, header: header) else { return }
        entry.options = Configuration.FreeTable(table: options, position: member.position)
        checkReferences(in: options, header: header)
        checkSecrets(in: options, header: header)
    }

    /// Of headers and the like, in small letters: what bears a key as it is.
    private static let secretNames: Set<String> = [
        "authorization", "proxy-authorization", "cookie", "x-api-key", "api-key", "api_key",
        "x-goog-api-key",
    ]

    /// The configuration is shown and copied: no key stands in it.
    private mutating func checkSecrets(in table: TomlTable, header: String) {
        for member in table.members {
            switch member.node.value {
            case .table(let inner): checkSecrets(in: inner, header: "\(header).\(member.key)")
            case .string(let text)
            where Self.secretNames.contains(member.key.lowercased())
                && SecretReference(text) == nil && !text.hasPrefix("literal:"):
                report(
                    member.node.position, header, member.key,
                    "A secret must not stand here: write \"env:NAME\" or \"file:PATH\", and the "
                        + "whole value there.")
            default: break
            }
        }
    }

    mutating func readModels(_ member: TomlTable.Member) {
        for model in named(member, "model") {
            let header = "models.\(model.key)"
            guard let table = table(of: model, header: header) else { continue }
            var settings = ModelSettings()
            let rest = readKeys(of: table, header: header, into: &settings)
            refuse(rest, header, ModelSettings.self)
            if (settings.model == nil) == (settings.file == nil) {
                report(
                    model.position, header, "",
                    settings.file == nil
                        ? "It names no model. Write either `model` or `file`."
                        : "It names two models. Write either `model` or `file`.")
            }
            if let name = settings.model, !Self.isReference(name) {
                report(
                    model.position, header, "model",
                    "\"\(name)\" lacks the provider: it must be as in \"ollama/llama3.2\".")
            }
            configuration.models[model.key] = settings
        }
    }

    private static func isReference(_ name: String) -> Bool {
        name.dropFirst().dropLast().contains("/")
    }

    /// The tables in a table of names.
    private mutating func named(_ member: TomlTable.Member, _ what: String) -> [TomlTable.Member] {
        guard let table = table(of: member, header: member.key) else { return [] }
        return table.members.filter { entry in
            let isName =
                !entry.key.isEmpty && entry.key.utf8.count <= 64
                && entry.key.utf8.allSatisfy { $0 > 0x20 && $0 != 0x7F && $0 != UInt8(ascii: "/") }
            if !isName {
                report(
                    entry.position, member.key, entry.key,
                    "This cannot be the name of a \(what): a name has 1 to 64 bytes, and neither "
                        + "spaces nor \"/\".")
            }
            return isName
        }
    }

    private mutating func refuse<Settings: SettingsTable>(
        _ members: [TomlTable.Member], _ header: String, _: Settings.Type, also: [String] = []
    ) {
        for unknown in members {
            refuse(
                unknown, header: header, known: Settings.keys.map(\.declaration.name) + also)
        }
    }
}
