import KernelSystem
import ModuleJSON

/// Where the sources that a module is built with are: this project's `Package.swift` and the
/// targets for module authors, installed or checked out.
package struct KitFolder: Sendable, Hashable {
    package let path: String

    /// The folders in which packages of the system put it.
    package static let systemFolders = ["/usr/local/share/kernel/kit", "/usr/share/kernel/kit"]

    package struct NotFound: Error, Sendable, Hashable, CustomStringConvertible {
        package let description: String
    }

    /// `executable` is the path of the running program, links followed.
    package static func find(
        executable: String? = Files.resolved("/proc/self/exe"),
        systemFolders: [String] = systemFolders
    ) throws(NotFound) -> KitFolder {
        let candidates = executable.map(Self.candidates) ?? []
        if let found = (candidates + systemFolders).first(where: isKit) {
            return KitFolder(path: found)
        }
        let places = ["the folders above \(executable ?? "the program")"] + systemFolders
        throw NotFound(
            description:
                "the module kit was not found (looked in \(places.joined(separator: ", ")))"
                + ": install it, or run kernel from a checkout of its sources")
    }

    /// A checkout above the program, and `<prefix>/share` of an installation.
    private static func candidates(_ executable: String) -> [String] {
        var found: [String] = []
        var folder = Path.directory(of: executable)
        let prefix = Path.directory(of: folder)
        found.append(Path.join(prefix, "share/kernel/kit"))
        while true {
            found.append(folder)
            let above = Path.directory(of: folder)
            guard above != folder, above != "." else { return found }
            folder = above
        }
    }

    private static let manifestBytesMax = 1 << 20

    private static func isKit(_ folder: String) -> Bool {
        guard Files.exists(Path.join(folder, templates)),
            let bytes = try? Files.read(
                Path.join(folder, "Package.swift"), bytesMax: manifestBytesMax)
        else { return false }
        return String(decoding: bytes, as: UTF8.self).contains("name: \"kernel\"")
    }

    private static let templates = "Sources/ModuleABI/Templates"

    var templatesFolder: String { Path.join(path, Self.templates) }
}
