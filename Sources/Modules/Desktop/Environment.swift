import CDesktop
import Glibc

/// The environment of a desktop session, and the folders that it names.
package struct Environment: Sendable {
    package var variables: [String: String]

    package init(_ variables: [String: String]) {
        self.variables = variables
    }

    /// This process's own.
    package static var current: Environment {
        var variables: [String: String] = [:]
        guard var entry = desktop_environment() else { return Environment(variables) }
        while let text = entry.pointee {
            let pair = String(cString: text)
            if let separator = pair.firstIndex(of: "=") {
                variables[String(pair[..<separator])] = String(
                    pair[pair.index(after: separator)...])
            }
            entry += 1
        }
        return Environment(variables)
    }

    /// The value of a variable; an empty one counts as none, as the desktop's specifications say.
    package subscript(name: String) -> String? {
        variables[name].flatMap { $0.isEmpty ? nil : $0 }
    }

    package var home: String {
        self["HOME"] ?? Environment.homeOfUser ?? "/"
    }

    /// Where programs are looked for.
    package var programFolders: [String] {
        folders(self["PATH"] ?? "/usr/local/bin:/usr/bin:/bin:/usr/games")
    }

    /// `$XDG_DATA_HOME`, then `$XDG_DATA_DIRS`, then where Flatpak and Snap export applications: a
    /// daemon is often started without the profile that would name these.
    package var dataFolders: [String] {
        let own = folder("XDG_DATA_HOME", else: "\(home)/.local/share")
        let exported = [
            "\(own)/flatpak/exports/share", "/var/lib/flatpak/exports/share",
            "/var/lib/snapd/desktop",
        ]
        let shared = folders(self["XDG_DATA_DIRS"] ?? "/usr/local/share:/usr/share")
        return unique([own] + shared + exported)
    }

    package var configurationFolders: [String] {
        let own = folder("XDG_CONFIG_HOME", else: "\(home)/.config")
        return unique([own] + folders(self["XDG_CONFIG_DIRS"] ?? "/etc/xdg"))
    }

    /// The names of the running desktop, most particular first.
    package var desktops: [String] {
        (self["XDG_CURRENT_DESKTOP"] ?? "").split(separator: ":").map(String.init)
    }

    package var hasDisplay: Bool {
        self["WAYLAND_DISPLAY"] != nil || self["DISPLAY"] != nil
    }

    /// The path of a program: as given if it is a path, else looked for in `$PATH`.
    package func program(_ name: String) -> String? {
        if name.contains("/") { return SmallFile.isProgram(name) ? name : nil }
        guard !name.isEmpty else { return nil }
        return programFolders.lazy.map { "\($0)/\(name)" }.first(where: SmallFile.isProgram)
    }

    /// The specification: a relative path is to be ignored.
    private func folder(_ name: String, else standard: String) -> String {
        guard let value = self[name], value.hasPrefix("/") else { return standard }
        return value
    }

    private func folders(_ list: String) -> [String] {
        list.split(separator: ":").filter { $0.hasPrefix("/") }.map { path in
            path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : String(path)
        }
    }

    private func unique(_ paths: [String]) -> [String] {
        var seen: Set<String> = []
        return paths.filter { seen.insert($0).inserted }
    }

    private static var homeOfUser: String? {
        var record = passwd()
        var found: UnsafeMutablePointer<passwd>?
        var buffer = [CChar](repeating: 0, count: 16_384)
        let status = getpwuid_r(getuid(), &record, &buffer, buffer.count, &found)
        guard status == 0, found != nil, let folder = record.pw_dir else { return nil }
        return String(cString: folder)
    }
}
