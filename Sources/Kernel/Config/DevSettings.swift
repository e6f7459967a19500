/// The table `[dev]`, read with `kernel --dev`.
package struct DevSettings: SettingsTable {
    package var modules: [ConfiguredPath] = []
    package var build = true
    package var configuration = BuildConfiguration.debug

    package static let header = "dev"
    package static let about = "For people who write modules; in force with kernel --dev."
    package static let isInEnvironment = true

    package static let keys: [KeyOf<DevSettings>] = [
        KeyOf(
            "modules", \.modules, sample: ["~/code/weather", "~/code/build/libNotes.so"],
            "Modules in the making: each a package folder, a library, or a folder of libraries."),
        KeyOf(
            "build", \.build,
            "Whether package folders are built whenever their sources change."),
        KeyOf("configuration", \.configuration, "How they are built."),
    ]

    /// They count after a restart only.
    static let laterKeys: Set<String> = ["dev.build", "dev.configuration"]

    package init() {}
}

package enum BuildConfiguration: String, KeyChoice {
    case debug, release
}
