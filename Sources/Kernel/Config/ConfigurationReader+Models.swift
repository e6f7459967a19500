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
            configuration.providers[provider.key] = entry
        }
    }

    private mutating func readOptions(
        _ member: TomlTable.Member, of header: String, into entry: inout Configuration.ProviderEntry
    ) {
        let header = "\(header).\(ProviderSettings.optionsKey)"
        guard let options = table(of: member, header: header) else { return }
        entry.options = Configuration.FreeTable(table: options, position: member.position)
        checkReferences(in: options, header: header)
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
