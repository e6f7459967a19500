/// A path of the configuration, as it was written and as it is used.
package struct ConfiguredPath: Sendable, Hashable, CustomStringConvertible {
    package let written: String
    package let absolute: String

    /// `~/` is the user's home; a relative path starts at the folder of the configuration file.
    package init(_ written: String, in folders: PathFolders) {
        self.written = written
        absolute = folders.absolute(written)
    }

    package var description: String { absolute }
}

/// Where the paths of a configuration start.
package struct PathFolders: Sendable, Hashable {
    package let home: String
    package let configuration: String

    package init(home: String, configuration: String) {
        self.home = home
        self.configuration = configuration
    }

    package func absolute(_ path: String) -> String {
        if path == "~" { return home }
        if path.hasPrefix("~/") { return PathText.join(home, String(path.dropFirst(2))) }
        return PathText.join(configuration, path)
    }
}
