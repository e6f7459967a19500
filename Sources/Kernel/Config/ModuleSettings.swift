/// The kernel's own keys in `[modules.<id>]`. The module never sees them.
package struct ModuleSettings: SettingsTable {
    package var enabled = true
    package var isolation: ModuleIsolation?
    /// Which module provides an interface that this one requires, by interface.
    package var providers: [String: String] = [:]
    package var tasks: [String: TaskSettings] = [:]

    package static let header = "modules.<id>"
    package static let about =
        "What one module is told. Its own keys are the module's; the following are the kernel's."
    package static let isInEnvironment = false
    /// The key of the table of tasks, which belongs to the kernel as well.
    package static let tasksKey = "tasks"

    package static let keys: [KeyOf<ModuleSettings>] = [
        KeyOf("enabled", \.enabled, "Whether the module is loaded at all."),
        KeyOf(
            "isolation", \.isolation, sample: .process,
            "Where the module lives: in the kernel, where each task's mode says where it runs, or "
                + "in a process of its own, which may crash without harm. Without it, modules that "
                + "come with the kernel or from dev.modules live in the kernel, all others in a "
                + "process."),
        KeyOf(
            "providers", providers: \.providers, sample: ["storage": "store"],
            "Which module provides an interface that this one requires. Without it, the one with "
                + "the highest version that fits."),
    ]

    package init() {}
}

package enum ModuleIsolation: String, KeyChoice {
    case kernel, process
}
