import KernelSystem

/// What every worker may read of the machine: what its libraries, the Swift runtime and libc need.
/// Nothing in it belongs to the user.
package struct MachineFiles: Sendable, Hashable {
    package let rules: [Walls.Rule]

    package init(rules: [Walls.Rule]) {
        self.rules = rules
    }

    package static let ofThisMachine = MachineFiles(
        rules: (fixed + LoadedLibraries.folders(ofLibrariesNamed: "libswiftCore.so"))
            .filter(Files.exists).map { Walls.Rule(LinkWalk().end(of: $0), .read) }
            + [Walls.Rule("/dev/null", .write)])

    /// What the system starts every program by that is linked to libraries.
    package let loaders: [Walls.Rule] = [
        "/lib64/ld-linux-x86-64.so.2", "/lib/ld-linux-aarch64.so.1",
    ].filter(Files.exists).map { Walls.Rule(LinkWalk().end(of: $0), .execute) }

    private static let fixed = [
        "/usr/lib", "/usr/local/lib", "/lib", "/lib64", "/usr/lib64",
        "/etc/ld.so.cache", "/etc/localtime", "/etc/nsswitch.conf", "/etc/passwd", "/etc/group",
        "/usr/share/zoneinfo", "/usr/share/locale", "/usr/share/i18n", "/usr/share/mime",
        // The process itself; of the others nothing, not even their names.
        "/proc/self", "/proc/cpuinfo", "/proc/meminfo", "/proc/stat", "/proc/loadavg",
        "/proc/uptime", "/proc/version", "/proc/filesystems", "/proc/sys/kernel",
        "/proc/sys/vm/overcommit_memory",
        "/sys/devices/system/cpu",
        "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom",
    ]
}
