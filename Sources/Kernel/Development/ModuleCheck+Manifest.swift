package import KernelBuilds
import KernelSystem

extension ModuleCheck {
    /// What a library says of itself, told by a process that may die of it; nil if it does not get
    /// that far. `temporaryFolder` is made, and removed at the end.
    package static func manifest(
        of file: String, tools: CheckTools, temporaryFolder: String
    ) -> Manifest? {
        defer { try? Files.removeTree(temporaryFolder) }
        guard let build = try? BuildStore(folder: temporaryFolder).ingest(file),
            let bytes = try? CheckWorker(tools).open(build.path)
        else { return nil }
        return try? Manifest(parsing: bytes)
    }
}
