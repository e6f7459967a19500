import KernelSystem

/// The names in a folder, for completing a path as it is typed.
struct FolderNames: Sendable {
    private static let namesMax = 2_000

    let folder: String
    let home: String

    struct Entry: Equatable, Sendable {
        var name: String
        var isFolder: Bool
    }

    /// `typed` ends with a slash or is empty. A folder that cannot be read has no names.
    func entries(in typed: String) -> [Entry] {
        let path = typed.isEmpty ? folder : Path.absolute(typed, in: folder, home: home)
        guard let names = try? Files.names(in: path) else { return [] }
        return names.prefix(Self.namesMax).map { name in
            let status = try? Files.status(Path.join(path, name))
            return Entry(name: name, isFolder: status?.kind == .directory)
        }
    }
}
