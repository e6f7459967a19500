import ModuleJSON

/// What a module says of the servers that it speaks to.
package struct ConfigurableProvider: Sendable, Hashable {
    /// The servers that it knows by name.
    package var presets: [String]

    package init(presets: [String]) {
        self.presets = presets
    }
}

extension Configuration {
    /// Names in the tables of models that nothing stands behind, and files that are missing: a
    /// slip, or something that comes later. `known` are the modules that provide models, by their
    /// ids; if there are none, it is not known which servers there are.
    package func warnings(
        providers known: [String: ConfigurableProvider], fileExists: (String) -> Bool
    ) -> [ConfigurationProblem] {
        var warnings: [ConfigurationProblem] = []
        for (name, entry) in providers.sorted(by: { $0.key < $1.key }) where !known.isEmpty {
            guard let problem = Self.problem(name, entry.settings, known) else { continue }
            warnings.append(warning("providers.\(name)", problem.key, problem.sentence))
        }
        for (name, settings) in models.sorted(by: { $0.key < $1.key }) {
            let header = "models.\(name)"
            if let file = settings.file?.absolute, !fileExists(file) {
                warnings.append(warning(header, "file", "There is no file \(file)."))
            }
            warnings += unknown([settings.model].compactMap(\.self), header, "model")
            warnings += unknown(settings.fallback, header, "fallback")
        }
        warnings += unknown([chat.model].compactMap(\.self), ChatSettings.header, "model")
        return warnings + unknown(chat.fallback, ChatSettings.header, "fallback")
    }

    private func unknown(
        _ models: [String], _ header: String, _ key: String
    ) -> [ConfigurationProblem] {
        models.compactMap { model in unknown(model).map { warning(header, key, $0) } }
    }

    private func warning(
        _ header: String, _ key: String, _ sentence: String
    ) -> ConfigurationProblem {
        ConfigurationProblem(
            at: place(of: "\(header).\(key)"), table: header, key: key, sentence)
    }

    /// Where the key was set.
    func place(of key: String) -> ConfigurationProblem.Place {
        switch origins[key] {
        case .file(let position)?: .file(path: file, position: position)
        case .variable(let name)?: .variable(name)
        case nil: .file(path: file, position: nil)
        }
    }

    private static func problem(
        _ name: String, _ settings: ProviderSettings, _ known: [String: ConfigurableProvider]
    ) -> (key: String, sentence: String)? {
        let wanted = settings.preset ?? name
        guard let module = settings.module else {
            let presets = Set(known.values.flatMap(\.presets)).sorted()
            guard !presets.contains(wanted) else { return nil }
            return (
                settings.preset == nil ? "" : "preset",
                "No module knows a server \"\(wanted)\"."
                    + Spelling.question(for: wanted, among: presets)
                    + " Known are \(presets.joined(separator: ", "))."
            )
        }
        guard let own = known[module] else {
            let hint = Spelling.question(for: module, among: known.keys.sorted())
            return ("module", "There is no module \"\(module)\" that provides models.\(hint)")
        }
        guard let preset = settings.preset, !own.presets.contains(preset) else { return nil }
        let hint = Spelling.question(for: preset, among: own.presets)
        return ("preset", "The module \(module) knows no server \"\(preset)\".\(hint)")
    }

    /// Why nobody can be asked under that name; nil if somebody can, as far as is known without
    /// asking a server.
    private func unknown(_ model: String) -> String? {
        guard models[model] == nil else { return nil }
        let provider = String(model.prefix { $0 != "/" })
        // A name without a provider is one of the lists of the servers.
        guard provider.utf8.count < model.utf8.count else { return nil }
        let own = model.dropFirst(provider.count + 1)
        if provider == "local" {
            return models[String(own)] == nil ? "There is no table [models.\(own)]." : nil
        }
        guard providers[provider] == nil else { return nil }
        return "There is no table [providers.\(provider)]."
            + Spelling.question(for: provider, among: providers.keys.sorted())
    }
}
