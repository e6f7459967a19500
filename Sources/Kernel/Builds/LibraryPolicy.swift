import KernelSystem

/// Which libraries a module may bring along: those of the system and of the Swift runtime. glibc
/// finds a private one by name only once, so that a second build would get the first one's.
struct LibraryPolicy: Sendable {
    /// Folders whose libraries belong to the machine and not to a module.
    let systemFolders: [String]
    private let exists: @Sendable (String) -> Bool

    init(systemFolders: [String], exists: @escaping @Sendable (String) -> Bool) {
        self.systemFolders = systemFolders
        self.exists = exists
    }

    /// The folders of this machine, the running Swift runtime's among them.
    static let ofThisMachine = LibraryPolicy(
        systemFolders: [
            "/lib/x86_64-linux-gnu", "/usr/lib/x86_64-linux-gnu", "/lib/aarch64-linux-gnu",
            "/usr/lib/aarch64-linux-gnu", "/lib64", "/usr/lib64", "/lib", "/usr/lib",
        ] + LoadedLibraries.folders(ofLibrariesNamed: "libswiftCore.so"),
        exists: { Files.exists($0) })

    /// Why the module may not be loaded; nil if all that it needs belongs to the machine.
    func problem(_ file: ElfFile) -> String? {
        // A search path of the module's own is asked before the system's folders. $ORIGIN is the
        // folder of our private copy, in which there is nothing else.
        let ownFolders = file.searchPaths.filter {
            !$0.isEmpty && !$0.hasPrefix("$ORIGIN") && !isSystem($0)
        }
        for name in file.needed {
            if name.contains("/") {
                return "it needs \(name) by its path: link it statically, since a second build "
                    + "would silently get this one's copy"
            }
            if let folder = ownFolders.first(where: { exists(Path.join($0, name)) }) {
                return "it needs \(name), which it takes from \(folder): link it statically, "
                    + "since a second build would silently get this one's copy"
            }
            if !systemFolders.contains(where: { exists(Path.join($0, name)) }) {
                return "it needs \(name), which is not in the system's folders: "
                    + "install the package that has it, or link it statically"
            }
        }
        return nil
    }

    private func isSystem(_ folder: String) -> Bool {
        let real = Files.resolved(folder) ?? folder
        return systemFolders.contains { $0 == folder || Files.resolved($0) == real }
    }
}
