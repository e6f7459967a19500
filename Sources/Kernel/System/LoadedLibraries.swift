/// The libraries that are mapped into this process.
package enum LoadedLibraries {
    /// The folders from which libraries of this file name were mapped.
    package static func folders(ofLibrariesNamed name: String) -> [String] {
        var folders: [String] = []
        for path in paths where Path.name(of: path) == name {
            let folder = Path.directory(of: path)
            if !folders.contains(folder) { folders.append(folder) }
        }
        return folders
    }

    private static let mapsBytesMax = 64 << 20

    /// Every mapped file.
    private static var paths: [String] {
        guard let maps = try? Files.read("/proc/self/maps", bytesMax: mapsBytesMax) else {
            return []
        }
        return String(decoding: maps, as: UTF8.self).split(separator: "\n").compactMap { line in
            line.firstIndex(of: "/").map { String(line[$0...]) }
        }
    }
}
