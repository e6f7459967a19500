/// The table `[modules.<id>.permissions]`: what the user gives a module over or under its manifest.
package struct PermissionSettings: SettingsTable {
    package var read: [String]?
    package var write: [String]?
    package var network: [String]?
    package var dbus: [String]?
    package var execute: [String]?

    package static let header = "modules.<id>.permissions"
    package static let about =
        "What the module may reach in a worker process. A list replaces the manifest's and can "
        + "only narrow it; an entry that begins with + is granted on top. See docs/permissions.md."
    package static let isInEnvironment = false

    package static let keys: [KeyOf<PermissionSettings>] = [
        KeyOf(
            "read", \.read, sample: ["~/notes", "+/srv/shared"],
            "Files and folders that it may read. Without it, as the module asks."),
        KeyOf(
            "write", \.write, sample: ["~/notes"],
            "Files and folders that it may read and change. Without it, as the module asks."),
        KeyOf(
            "network", \.network, sample: ["+example.org:443"],
            "Servers that it may reach through the kernel. Without it, as the module asks."),
        KeyOf(
            "dbus", \.dbus, sample: ["org.freedesktop.UPower"],
            "Names on D-Bus that it may reach through the kernel. Without it, as the module asks."),
        KeyOf(
            "execute", \.execute, sample: [],
            "Programs that it may have started by the kernel. Without it, as the module asks."),
    ]

    package init() {}
}
