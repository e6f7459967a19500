/// Finds programs by name, as a shell does.
package enum ProgramPath {
    /// The program in the folders of `PATH`; nil if none of them has it.
    package static func find(_ name: String) -> String? {
        let folders = Environment.value("PATH", or: "/usr/local/bin:/usr/bin:/bin")
        return find(name, in: folders)
    }

    /// `folders` are separated by colons.
    package static func find(_ name: String, in folders: String) -> String? {
        folders.split(separator: ":").lazy
            .map { Path.join(String($0), name) }
            .first { path in
                Files.isExecutable(path) && (try? Files.status(path))?.kind == .file
            }
    }
}
