/// The kernel's own keys in `[modules.<id>]`. The module never sees them.
package struct ModuleSettings: SettingsTable {
    package var enabled = true
    package var tasksRunningMax = 16
    package var isolation: ModuleIsolation?
    package var sandbox = ModuleSandbox.on
    package var memoryMegabytes: Int?
    package var diskMegabytes: Int?
    package var permissions = PermissionSettings()
    /// Which module provides an interface that this one requires, by interface.
    package var providers: [String: String] = [:]
    package var tasks: [String: TaskSettings] = [:]

    package static let header = "modules.<id>"
    package static let about =
        "What one module is told. Its own keys are the module's; the following are the kernel's."
    package static let isInEnvironment = false
    /// The keys of the tables that belong to the kernel as well.
    package static let tasksKey = "tasks"
    package static let permissionsKey = "permissions"

    package static let keys: [KeyOf<ModuleSettings>] = [
        KeyOf("enabled", \.enabled, "Whether the module is loaded at all."),
        KeyOf(
            "tasks_running_max", \.tasksRunningMax, IntegerLimits(1...1024, "tasks"),
            "How many durable tasks of the module run at the same time."),
        KeyOf(
            "isolation", \.isolation, sample: .process,
            "Where the module lives: in the kernel, where each task's mode says where it runs, or "
                + "in a process of its own, which may crash without harm. Without it, modules that "
                + "come with the kernel or from dev.modules live in the kernel, all others in a "
                + "process."),
        KeyOf(
            "sandbox", \.sandbox,
            "Whether its worker processes are confined. \"off\" is for the author with a debugger: "
                + "it is heard for modules of dev.modules only."),
        KeyOf(
            "memory_mb", \.memoryMegabytes, KernelSettings.memoryLimits, sample: 512,
            "How much memory one of its worker processes may use. Without it, as [kernel] says."),
        KeyOf(
            "disk_mb", \.diskMegabytes, KernelSettings.diskLimits, sample: 256,
            "How much its worker processes may write to files within an hour, and keep in its own "
                + "folder. Without it, as [kernel] says."),
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

package enum ModuleSandbox: String, KeyChoice {
    case on, off
}
