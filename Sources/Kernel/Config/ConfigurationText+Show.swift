package import ModuleJSON

/// The texts of `kernel config show | check | path | example`.
package enum ConfigurationText {
    /// The configuration in force, as TOML; behind each value stands where it comes from. Secrets
    /// appear as the references that the file holds.
    package static func show(_ configuration: Configuration) -> String {
        var writer = ShowWriter(configuration)
        writer.writeSettings(configuration.kernel)
        writer.writeSettings(configuration.log)
        writer.writeSettings(configuration.dev)
        writer.writeSettings(configuration.chat)
        writer.writeSettings(configuration.local)
        for (name, provider) in configuration.providers.sorted(by: { $0.key < $1.key }) {
            writer.writeProvider(name, provider)
        }
        for (name, model) in configuration.models.sorted(by: { $0.key < $1.key }) {
            writer.writeSettings(model, header: "models.\(TomlText.key(name))")
        }
        writer.writeHeader("user")
        writer.writeMembers(configuration.user.table)
        for (id, module) in configuration.modules.sorted(by: { $0.key < $1.key }) {
            writer.writeModule(id, module)
        }
        return writer.text
    }

    /// The same for programs: each of the kernel's keys is an object with `value` and `origin`
    /// ("default", "file" with `line` and `column`, "environment" with `variable`).
    package static func showJSON(_ configuration: Configuration) -> JSON {
        var modules = JSONObject()
        for (id, module) in configuration.modules.sorted(by: { $0.key < $1.key }) {
            let header = "modules.\(id)"
            var tasks = JSONObject()
            for (name, task) in module.settings.tasks.sorted(by: { $0.key < $1.key }) {
                tasks[name] = json(
                    task, header: taskHeader(header, name), configuration)
            }
            modules[id] = [
                "kernel": json(module.settings, header: header, configuration),
                "permissions": json(
                    module.settings.permissions,
                    header: "\(header).\(ModuleSettings.permissionsKey)", configuration),
                "tasks": .object(tasks),
                "own": module.own.table.json,
            ]
        }
        return [
            "file": .string(configuration.file),
            "kernel": json(configuration.kernel, header: KernelSettings.header, configuration),
            "log": json(configuration.log, header: LogSettings.header, configuration),
            "dev": json(configuration.dev, header: DevSettings.header, configuration),
            "chat": json(configuration.chat, header: ChatSettings.header, configuration),
            "local": json(configuration.local, header: LocalSettings.header, configuration),
            "providers": .object(
                JSONObject(
                    configuration.providers.sorted { $0.key < $1.key }.map { name, provider in
                        (
                            key: name,
                            value: [
                                "kernel": json(
                                    provider.settings, header: "providers.\(name)", configuration),
                                "options": provider.options.table.json,
                            ]
                        )
                    })),
            "models": .object(
                JSONObject(
                    configuration.models.sorted { $0.key < $1.key }.map { name, model in
                        (key: name, value: json(model, header: "models.\(name)", configuration))
                    })),
            "user": configuration.user.table.json,
            "modules": .object(modules),
            "warnings": .array(configuration.warnings.map { .string($0.description) }),
        ]
    }

    static func taskHeader(_ module: String, _ task: String) -> String {
        "\(module).\(ModuleSettings.tasksKey).\(TomlText.key(task))"
    }

    private static func json<Settings: SettingsTable>(
        _ settings: Settings, header: String, _ configuration: Configuration
    ) -> JSON {
        .object(
            JSONObject(
                Settings.keys.map { key in
                    let name = key.declaration.name
                    var entry = JSONObject()
                    entry["value"] = key.read(settings)?.json ?? .null
                    switch configuration.origins["\(header).\(name)"] {
                    case .file(let position):
                        entry["origin"] = "file"
                        entry["line"] = .integer(Int64(position.line))
                        entry["column"] = .integer(Int64(position.column))
                    case .variable(let variable):
                        entry["origin"] = "environment"
                        entry["variable"] = .string(variable)
                    case nil: entry["origin"] = "default"
                    }
                    return (key: name, value: .object(entry))
                }))
    }
}

/// Writes tables with a comment behind each value.
private struct ShowWriter {
    private(set) var text: String
    private let configuration: Configuration
    private let fileName: String

    /// Where the comments stand, if the values leave room.
    private static let commentColumn = 40

    init(_ configuration: Configuration) {
        self.configuration = configuration
        fileName = PathText.lastPart(of: configuration.file)
        text = "# \(configuration.file)\n"
    }

    mutating func writeHeader(_ header: String) {
        text += "\n[\(header)]\n"
    }

    mutating func writeSettings<Settings: SettingsTable>(
        _ settings: Settings, header: String = Settings.header
    ) {
        writeHeader(header)
        for key in Settings.keys {
            let name = key.declaration.name
            let origin = configuration.origins["\(header).\(name)"]
            if let value = key.read(settings) {
                writeLine("\(name) = \(value.tomlText)", comment: comment(origin))
            } else {
                text += "# \(name) is not set\n"
            }
        }
    }

    mutating func writeMembers(_ table: TomlTable) {
        for member in table.members {
            writeLine(
                "\(TomlText.key(member.key)) = \(TomlText.value(member.node))",
                comment: comment(.file(member.position)))
        }
    }

    mutating func writeProvider(_ name: String, _ provider: Configuration.ProviderEntry) {
        let header = "providers.\(TomlText.key(name))"
        writeSettings(provider.settings, header: header)
        guard !provider.options.table.members.isEmpty else { return }
        writeHeader("\(header).\(ProviderSettings.optionsKey)")
        writeMembers(provider.options.table)
    }

    mutating func writeModule(_ id: String, _ module: Configuration.ModuleEntry) {
        let header = "modules.\(id)"
        writeSettings(module.settings, header: header)
        writeMembers(module.own.table)
        if module.settings.permissions != PermissionSettings() {
            writeSettings(
                module.settings.permissions,
                header: "\(header).\(ModuleSettings.permissionsKey)")
        }
        for (name, task) in module.settings.tasks.sorted(by: { $0.key < $1.key }) {
            writeSettings(task, header: ConfigurationText.taskHeader(header, name))
        }
    }

    private func comment(_ origin: Configuration.Origin?) -> String {
        switch origin {
        case .file(let position): "\(fileName):\(position.line)"
        case .variable(let name): name
        case nil: "default"
        }
    }

    private mutating func writeLine(_ line: String, comment: String) {
        let room = max(1, Self.commentColumn - line.count)
        text += line + String(repeating: " ", count: room) + "# \(comment)\n"
    }
}

extension KeyValue {
    package var json: JSON {
        switch self {
        case .boolean(let value): .bool(value)
        case .integer(let value): .integer(Int64(value))
        case .text(let value): .string(value)
        case .texts(let values): .array(values.map { .string($0) })
        case .choices(let values):
            .object(
                JSONObject(
                    values.sorted { $0.key < $1.key }.map {
                        (key: $0.key, value: .string($0.value))
                    }
                ))
        }
    }
}
