import ModuleJSON

extension ConfigurationReader {
    mutating func applyEnvironment(_ environment: [String: String]) {
        var known = EnvironmentVariables.others.map(\.name)
        override(KernelSettings.self, \.kernel, from: environment, known: &known)
        override(LogSettings.self, \.log, from: environment, known: &known)
        override(DevSettings.self, \.dev, from: environment, known: &known)
        override(ChatSettings.self, \.chat, from: environment, known: &known)
        override(LocalSettings.self, \.local, from: environment, known: &known)
        for name in environment.keys.sorted() where name.hasPrefix("KERNEL_") {
            guard !known.contains(name) else { continue }
            configuration.warnings.append(
                ConfigurationProblem(
                    at: .variable(name),
                    "The kernel does not know this variable, and ignores it."
                        + Spelling.question(for: name, among: known)))
        }
    }

    private mutating func override<Settings: SettingsTable>(
        _: Settings.Type, _ field: WritableKeyPath<Configuration, Settings>,
        from environment: [String: String], known: inout [String]
    ) {
        for key in Settings.keys {
            guard let name = Settings.variable(of: key.declaration) else { continue }
            known.append(name)
            guard let text = environment[name] else { continue }
            do {
                let value = try key.declaration.kind.check(text: text)
                key.write(&configuration[keyPath: field], value, source.folders)
                configuration.origins["\(Settings.header).\(key.declaration.name)"] = .variable(
                    name)
            } catch {
                problems.append(
                    ConfigurationProblem(
                        at: .variable(name), table: Settings.header, key: key.declaration.name,
                        error.sentence))
            }
        }
    }
}
