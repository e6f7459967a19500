import KernelSystem

/// What the sources of a package look like now. Two that are equal need no build between them,
/// however many events there were.
package struct PackageSnapshot: Sendable {
    /// What a file was, by its path.
    package private(set) var files: [String: Stamp] = [:]
    /// Every folder that was looked into, to be watched.
    package private(set) var folders: [String] = []
    /// There are more files or folders than are looked at.
    package private(set) var isCut = false

    package struct Stamp: Sendable, Hashable {
        let inode: UInt64
        let bytes: Int64
        let modifiedNanoseconds: Int64

        init(_ status: FileStatus) {
            inode = status.inode
            bytes = status.bytes
            modifiedNanoseconds = status.modifiedNanoseconds
        }
    }

    package static let filesMax = 20_000
    package static let foldersMax = 2_000

    /// Looks at the manifests in `package` and at everything in its source folders.
    package init(of package: String, sourceFolders: [String]) {
        folders = [package]
        let names = (try? Files.names(in: package)) ?? []
        for name in names where Self.isManifest(name) { take(Path.join(package, name)) }
        var seen: Set<String> = []
        for folder in sourceFolders { walk(Path.absolute(folder, in: package, home: "~"), &seen) }
    }

    /// `Package.swift`, and those for single versions of Swift.
    package static func isManifest(_ name: String) -> Bool {
        name == "Package.swift" || (name.hasPrefix("Package@swift-") && name.hasSuffix(".swift"))
    }

    /// Hidden files and what editors leave beside a file are not sources.
    private static func isSource(_ name: String) -> Bool {
        !name.hasPrefix(".") && !name.hasSuffix("~") && !name.hasPrefix("#")
    }

    /// What was seen of the manifests alone.
    package var manifests: [String: Stamp] {
        files.filter { Self.isManifest(Path.name(of: $0.key)) }
    }

    private mutating func walk(_ folder: String, _ seen: inout Set<String>) {
        // A link that leads back to a folder above would never end.
        guard let real = Files.resolved(folder), seen.insert(real).inserted else { return }
        guard folders.count < Self.foldersMax, files.count < Self.filesMax else {
            isCut = true
            return
        }
        guard let names = try? Files.names(in: folder) else { return }
        folders.append(folder)
        for name in names where Self.isSource(name) {
            let path = Path.join(folder, name)
            if take(path) == .directory { walk(path, &seen) }
        }
    }

    @discardableResult
    private mutating func take(_ path: String) -> FileStatus.Kind? {
        guard let status = try? Files.status(path) else { return nil }
        if status.kind == .file { files[path] = Stamp(status) }
        return status.kind
    }
}

extension PackageSnapshot: Hashable {
    /// A folder that holds nothing makes no difference.
    package static func == (left: PackageSnapshot, right: PackageSnapshot) -> Bool {
        left.files == right.files
    }

    package func hash(into hasher: inout Hasher) { hasher.combine(files) }
}
