import Foundation

/// The repository on disk: everything that a person wrote, nothing that a build made.
struct Tree: Sendable {
    static let root = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    static let repository = Tree(root)

    let files: [SourceFile]
    /// The paths of all files, readable as text or not, and of all folders.
    let paths: Set<String>
    let executables: Set<String>

    init(_ root: URL) {
        var files: [SourceFile] = []
        var paths: Set<String> = []
        var executables: Set<String> = []
        let walk = FileManager.default.enumerator(atPath: root.path)
        while let path = walk?.nextObject() as? String {
            let name = path.split(separator: "/").last.map(String.init) ?? path
            if Self.isMade(name) {
                walk?.skipDescendants()
                continue
            }
            paths.insert(path)
            let location = root.appending(path: path)
            let type = walk?.fileAttributes?[.type] as? FileAttributeType
            guard type == .typeRegular else { continue }
            let permissions = walk?.fileAttributes?[.posixPermissions] as? Int ?? 0
            if permissions & 0o111 != 0 {
                executables.insert(path)
            }
            if let text = try? String(contentsOf: location, encoding: .utf8) {
                files.append(SourceFile(path: path, text: text))
            }
        }
        self.files = files.sorted { $0.path < $1.path }
        self.paths = paths
        self.executables = executables
    }

    /// Hidden folders are somebody's tools, save the few that belong to the repository.
    private static func isMade(_ name: String) -> Bool {
        let ours = [".ci", ".swift-format", ".gitignore", ".gitattributes", ".editorconfig"]
        let made = ["node_modules", "__pycache__", "Package.resolved"]
        return name.hasPrefix(".") && !ours.contains(name) || made.contains(name)
            || name.hasSuffix(".o") || name.hasSuffix(".so")
    }
}
