/// What a new configuration changes, so that nothing else needs to be touched.
package struct ConfigurationChange: Sendable, Equatable {
    /// The kernel's own keys, by full name, sorted: "kernel.workers_max", "dev.modules".
    package let keys: [String]
    package let devModulesAdded: [ConfiguredPath]
    package let devModulesRemoved: [ConfiguredPath]
    /// `[user]` changed, and with it the view of every module.
    package let isUserChanged: Bool
    /// Who answers, or how they are reached.
    package let areModelsChanged: Bool
    /// The modules whose own table changed, sorted.
    package let ownTables: [String]
    /// The modules whose settings changed (enabled, tasks), sorted.
    package let moduleSettings: [String]
    /// The modules whose worker processes may do other things than before, and, of all others,
    /// whether theirs may.
    private let workerTerms: [String: Bool]
    private let areWorkerTermsOfOthersChanged: Bool

    package init(from old: Configuration, to new: Configuration) {
        keys =
            (Self.keys(old.kernel, new.kernel) + Self.keys(old.log, new.log)
            + Self.keys(old.dev, new.dev) + Self.keys(old.chat, new.chat)
            + Self.keys(old.local, new.local)).sorted()
        areModelsChanged =
            old.models != new.models || old.chat != new.chat || old.local != new.local
            || old.providers.mapValues(\.settings) != new.providers.mapValues(\.settings)
            || old.providers.mapValues(\.options.table.json)
                != new.providers.mapValues(\.options.table.json)
        devModulesAdded = new.dev.modules.filter { !old.dev.modules.contains($0) }
        devModulesRemoved = old.dev.modules.filter { !new.dev.modules.contains($0) }
        isUserChanged = old.user.table.json != new.user.table.json
        let ids = Set(old.modules.keys).union(new.modules.keys).sorted()
        ownTables = ids.filter { id in
            (old.modules[id]?.own.table ?? TomlTable()).json
                != (new.modules[id]?.own.table ?? TomlTable()).json
        }
        moduleSettings = ids.filter { id in
            old.settings(ofModule: id) != new.settings(ofModule: id)
        }
        let terms = ids.map { ($0, WorkerTerms(old, $0) != WorkerTerms(new, $0)) }
        workerTerms = Dictionary(uniqueKeysWithValues: terms)
        areWorkerTermsOfOthersChanged = WorkerTerms(old, "") != WorkerTerms(new, "")
    }

    /// What a worker process was told when it began, and cannot be told anew.
    private struct WorkerTerms: Equatable {
        let memoryMegabytes: Int
        let diskMegabytes: Int
        let sandbox: ModuleSandbox
        let permissions: PermissionSettings

        init(_ configuration: Configuration, _ id: String) {
            let own = configuration.settings(ofModule: id)
            memoryMegabytes = own.memoryMegabytes ?? configuration.kernel.workerMemoryMegabytes
            diskMegabytes = own.diskMegabytes ?? configuration.kernel.workerDiskMegabytes
            sandbox = own.sandbox
            permissions = own.permissions
        }
    }

    package var isEmpty: Bool {
        keys.isEmpty && !areModelsChanged && !isUserChanged && ownTables.isEmpty
            && moduleSettings.isEmpty
    }

    /// Whether a module is to be configured anew.
    package func concernsView(ofModule id: String) -> Bool {
        isUserChanged || ownTables.contains(id)
    }

    /// Whether a module's worker processes are to be replaced.
    package func concernsWorkers(ofModule id: String) -> Bool {
        workerTerms[id] ?? areWorkerTermsOfOthersChanged
    }

    /// The keys that count after a restart only, by full name.
    package var laterKeys: [String] {
        keys.filter { key in
            key.hasPrefix("kernel.") && !KernelSettings.liveKeys.contains(key)
                || DevSettings.laterKeys.contains(key)
        }
    }

    private static func keys<Settings: SettingsTable>(
        _ old: Settings, _ new: Settings
    ) -> [String] {
        Settings.keys.filter { $0.read(old) != $0.read(new) }
            .map { "\(Settings.header).\($0.declaration.name)" }
    }
}
