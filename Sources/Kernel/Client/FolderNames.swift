import KernelSystem

/// The names in a folder, for completing a path as it is typed.
package struct FolderNames: Sendable {
    private static let namesMax = 2_000

    let folder: String
    let home: String

    package init(folder: String, home: String) {
        self.folder = folder
        self.home = home
    }

    package struct Entry: Equatable, Sendable {
        package var name: String
        package var isFolder: Bool
    }

    /// `typed` ends with a slash or is empty. A folder that cannot be read has no names.
    package func entries(in typed: String) -> [Entry] {
        let path = typed.isEmpty ? folder : Path.absolute(typed, in: folder, home: home)
        guard let names = try? Files.names(in: path) else { return [] }
        return names.prefix(Self.namesMax).map { name in
            let status = try? Files.status(Path.join(path, name))
            return Entry(name: name, isFolder: status?.kind == .directory)
        }
    }
}
