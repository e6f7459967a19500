/// A table of the configuration that belongs to the kernel: `init()` holds the defaults, `keys`
/// declares every key.
package protocol SettingsTable: Sendable, Equatable {
    /// The header as people write it, with placeholders: "modules.<id>".
    static var header: String { get }
    static var about: String { get }
    static var keys: [KeyOf<Self>] { get }
    /// Whether each of its scalar keys can be set as `KERNEL_<TABLE>_<KEY>`.
    static var isInEnvironment: Bool { get }

    init()
}

/// A settings table without its type: for lists, texts and checks of names.
package struct TableDeclaration: Sendable {
    package let header: String
    package let about: String
    package let isInEnvironment: Bool
    package let keys: [Key]

    package struct Key: Sendable {
        package let declaration: KeyDeclaration
        package let defaultValue: KeyValue?
        /// The environment variable that overrides it.
        package let variable: String?

        package var name: String { declaration.name }
    }

    init<Settings: SettingsTable>(_: Settings.Type) {
        header = Settings.header
        about = Settings.about
        isInEnvironment = Settings.isInEnvironment
        keys = Settings.keys.map { key in
            Key(
                declaration: key.declaration,
                defaultValue: key.read(Settings()),
                variable: Settings.variable(of: key.declaration))
        }
    }

    /// Every table with keys of the kernel.
    package static let all = [
        TableDeclaration(KernelSettings.self),
        TableDeclaration(LogSettings.self),
        TableDeclaration(DevSettings.self),
        TableDeclaration(ChatSettings.self),
        TableDeclaration(ProviderSettings.self),
        TableDeclaration(ModelSettings.self),
        TableDeclaration(LocalSettings.self),
        TableDeclaration(ModuleSettings.self),
        TableDeclaration(PermissionSettings.self),
        TableDeclaration(TaskSettings.self),
    ]
}

extension SettingsTable {
    static func variable(of key: KeyDeclaration) -> String? {
        guard isInEnvironment, key.kind.isScalar else { return nil }
        return "KERNEL_\(header.uppercased())_\(key.name.uppercased())"
    }

    static func key(_ name: String) -> KeyOf<Self>? {
        keys.first { $0.declaration.name == name }
    }
}
