import KernelSystem
import ModuleJSON

/// What the loader has to know of a package, as `swift package describe --type json` tells it.
package struct PackageFacts: Sendable, Hashable {
    package let name: String
    /// The names of its dynamic library products: modules are among these.
    package let libraries: [String]
    /// Where the sources of its targets lie, tests not counted, relative to the package.
    package let sourceFolders: [String]

    /// Before the package could be asked.
    package static let usualSourceFolders = ["Sources"]

    package init?(describedBy output: [UInt8]) {
        // SwiftPM may say something before the JSON object.
        guard let start = output.firstIndex(of: UInt8(ascii: "{")),
            let json = try? JSON(parsing: Array(output[start...])),
            let name = json["name"]?.string
        else { return nil }
        self.name = name
        libraries = (json["products"]?.array ?? []).compactMap { product in
            guard product["type"]?["library"]?.array?.first?.string == "dynamic" else {
                return nil
            }
            return product["name"]?.string
        }
        let folders = (json["targets"]?.array ?? []).compactMap { target -> String? in
            guard target["type"]?.string != "test" else { return nil }
            return target["path"]?.string
        }
        sourceFolders = Self.outermost(folders)
    }

    /// Folders that lie in none of the others.
    private static func outermost(_ folders: [String]) -> [String] {
        Set(folders).filter { folder in
            !folders.contains { $0 != folder && folder.hasPrefix($0 + "/") }
        }.sorted()
    }

    /// The file that a build makes of a library.
    package static func fileName(ofLibrary name: String) -> String { "lib\(name).so" }
}
