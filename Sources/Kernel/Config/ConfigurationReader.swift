import ModuleJSON

/// Reads the tables of a document into a configuration and gathers what is wrong on the way.
struct ConfigurationReader {
    var configuration: Configuration
    var problems: [ConfigurationProblem] = []
    /// How many problems there are beyond those that are kept.
    private(set) var unlistedProblems = 0
    let source: ConfigurationSource

    /// More would help nobody; each costs a search for what was meant.
    private static let listedProblemsMax = 100

    init(source: ConfigurationSource) {
        self.source = source
        configuration = Configuration(file: source.file, folders: source.folders)
    }

    mutating func read(_ root: TomlTable) {
        for member in root.members {
            switch member.key {
            case KernelSettings.header: readSettings(member, into: \.kernel)
            case LogSettings.header: readSettings(member, into: \.log)
            case DevSettings.header: readSettings(member, into: \.dev)
            case ChatSettings.header: readSettings(member, into: \.chat)
            case LocalSettings.header: readSettings(member, into: \.local)
            case "providers": readProviders(member)
            case "models": readModels(member)
            case "user": readUser(member)
            case "modules": readModules(member)
            default: refuseAtTop(member)
            }
        }
    }

    // MARK: Tables of the kernel

    private mutating func readSettings<Settings: SettingsTable>(
        _ member: TomlTable.Member, into field: WritableKeyPath<Configuration, Settings>
    ) {
        guard let table = table(of: member, header: member.key) else { return }
        var settings = Settings()
        let rest = readKeys(of: table, header: member.key, into: &settings)
        configuration[keyPath: field] = settings
        for unknown in rest {
            refuse(unknown, header: member.key, known: Settings.keys.map(\.declaration.name))
        }
    }

    /// Returns the members that are no keys of these settings.
    mutating func readKeys<Settings: SettingsTable>(
        of table: TomlTable, header: String, into settings: inout Settings
    ) -> [TomlTable.Member] {
        var rest: [TomlTable.Member] = []
        for member in table.members {
            guard let key = Settings.key(member.key) else {
                rest.append(member)
                continue
            }
            do {
                key.write(&settings, try key.declaration.kind.check(member.node), source.folders)
                configuration.origins["\(header).\(member.key)"] = .file(member.position)
            } catch {
                report(error.position, header, member.key, error.sentence)
            }
        }
        return rest
    }

    // MARK: Tables of others

    private mutating func readUser(_ member: TomlTable.Member) {
        guard let table = table(of: member, header: "user") else { return }
        configuration.user = Configuration.FreeTable(table: table, position: member.position)
        checkReferences(in: table, header: "user")
    }

    private mutating func readModules(_ member: TomlTable.Member) {
        guard let modules = table(of: member, header: "modules") else { return }
        for module in modules.members {
            guard Self.isModuleId(module.key) else {
                report(
                    module.position, "modules", module.key,
                    "This cannot be the id of a module: an id has 1 to 64 letters, digits, \"_\" "
                        + "and \"-\".")
                continue
            }
            readModule(module)
        }
    }

    private static func isModuleId(_ id: String) -> Bool {
        (1...64).contains(id.utf8.count) && id.utf8.first.map { $0 != UInt8(ascii: "-") } == true
            && TomlText.key(id) == id
    }

    private mutating func readModule(_ member: TomlTable.Member) {
        let header = "modules.\(member.key)"
        guard let table = table(of: member, header: header) else { return }
        var entry = Configuration.ModuleEntry()
        var own = readKeys(of: table, header: header, into: &entry.settings)
        if let index = own.firstIndex(where: { $0.key == ModuleSettings.tasksKey }) {
            readTasks(own.remove(at: index), of: header, into: &entry.settings)
        }
        if let index = own.firstIndex(where: { $0.key == ModuleSettings.permissionsKey }) {
            readPermissions(own.remove(at: index), of: header, into: &entry.settings)
        }
        entry.own = Configuration.FreeTable(table: TomlTable(own), position: member.position)
        checkReferences(in: entry.own.table, header: header)
        configuration.modules[member.key] = entry
    }

    private mutating func readPermissions(
        _ member: TomlTable.Member, of module: String, into settings: inout ModuleSettings
    ) {
        let header = "\(module).\(ModuleSettings.permissionsKey)"
        guard let table = table(of: member, header: header) else { return }
        for unknown in readKeys(of: table, header: header, into: &settings.permissions) {
            refuse(
                unknown, header: header, known: PermissionSettings.keys.map(\.declaration.name))
        }
    }

    private mutating func readTasks(
        _ member: TomlTable.Member, of module: String, into settings: inout ModuleSettings
    ) {
        let header = "\(module).\(ModuleSettings.tasksKey)"
        guard let tasks = table(of: member, header: header) else { return }
        for task in tasks.members {
            let taskHeader = ConfigurationText.taskHeader(module, task.key)
            guard let table = table(of: task, header: taskHeader) else { continue }
            var taskSettings = TaskSettings()
            for unknown in readKeys(of: table, header: taskHeader, into: &taskSettings) {
                refuse(
                    unknown, header: taskHeader, known: TaskSettings.keys.map(\.declaration.name))
            }
            settings.tasks[task.key] = taskSettings
        }
    }

    /// The file may be read long before the module is; a reference without a name is wrong now.
    mutating func checkReferences(in table: TomlTable, header: String) {
        for member in table.members {
            for secret in SecretReference.all(in: member.node) where secret.reference.isEmpty {
                report(
                    secret.position, header, member.key,
                    "The reference names nothing. Write env:NAME, file:PATH or keyring:NAME, "
                        + "or literal:env: if the text itself is meant.")
            }
        }
    }

    // MARK: Problems

    mutating func table(of member: TomlTable.Member, header: String) -> TomlTable? {
        if let table = member.node.table { return table }
        report(
            member.position, "", header,
            "This is \(member.node.typeName), but must be a table: write [\(header)].")
        return nil
    }

    mutating func refuse(_ member: TomlTable.Member, header: String, known: [String]) {
        report(
            member.position, header, member.key,
            "There is no such key." + Spelling.question(for: member.key, among: known))
    }

    private mutating func refuseAtTop(_ member: TomlTable.Member) {
        if member.node.table != nil {
            report(
                member.position, member.key, "",
                "There is no such table." + Spelling.question(for: member.key, among: Self.tables))
            return
        }
        let homes = TableDeclaration.all.filter { table in
            table.keys.contains { $0.name == member.key }
        }
        let hint =
            homes.count == 1
            ? " Did you mean the key of the table [\(homes[0].header)]?"
            : Spelling.question(for: member.key, among: Self.tables)
        report(member.position, "", member.key, "A key outside of a table is not known." + hint)
    }

    private static let tables = [
        KernelSettings.header, LogSettings.header, DevSettings.header, ChatSettings.header,
        LocalSettings.header, "providers", "models", "user", "modules",
    ]

    mutating func report(
        _ position: TomlPosition, _ table: String, _ key: String,
        _ sentence: @autoclosure () -> String
    ) {
        guard problems.count < Self.listedProblemsMax else {
            unlistedProblems += 1
            return
        }
        problems.append(
            ConfigurationProblem(at: source.place(position), table: table, key: key, sentence()))
    }
}
