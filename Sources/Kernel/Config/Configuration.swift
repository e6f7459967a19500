/// What one configuration file and the environment say, checked.
package struct Configuration: Sendable {
    package internal(set) var kernel = KernelSettings()
    package internal(set) var log = LogSettings()
    package internal(set) var dev = DevSettings()
    package internal(set) var chat = ChatSettings()
    package internal(set) var local = LocalSettings()
    /// `[providers.<name>]`, by name.
    package internal(set) var providers: [String: ProviderEntry] = [:]
    /// `[models.<name>]`, by name.
    package internal(set) var models: [String: ModelSettings] = [:]
    /// `[user]`: every module gets it.
    package internal(set) var user = FreeTable()
    /// `[modules.<id>]`, by id. A module that the file does not name has no entry.
    package internal(set) var modules: [String: ModuleEntry] = [:]
    /// Where each of the kernel's own keys was set, by its full name: "kernel.workers_max".
    package internal(set) var origins: [String: Origin] = [:]
    /// What is odd, but no reason to refuse the file.
    package internal(set) var warnings: [ConfigurationProblem] = []
    package let file: String
    package let folders: PathFolders
    /// Of two values with the same one, one is a copy of the other.
    package let reading = Reading()

    /// One reading of the file.
    package final class Reading: Sendable {}

    package struct ModuleEntry: Sendable {
        package internal(set) var settings = ModuleSettings()
        /// Without the kernel's keys.
        package internal(set) var own = FreeTable()
    }

    package struct ProviderEntry: Sendable {
        package internal(set) var settings = ProviderSettings()
        /// For the provider's module.
        package internal(set) var options = FreeTable()
    }

    /// A table that the kernel only passes on.
    package struct FreeTable: Sendable {
        package internal(set) var table = TomlTable()
        /// Of the header; nil if the file does not have the table.
        package internal(set) var position: TomlPosition?
    }

    package enum Origin: Sendable, Hashable {
        case file(TomlPosition)
        case variable(String)
    }

    init(file: String, folders: PathFolders) {
        self.file = file
        self.folders = folders
    }

    /// The settings of a module, also of one that the file does not name.
    package func settings(ofModule id: String) -> ModuleSettings {
        modules[id]?.settings ?? ModuleSettings()
    }
}
