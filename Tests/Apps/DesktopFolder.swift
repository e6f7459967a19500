import Desktop
import DesktopTesting

@testable import AppsLogic

/// Data and configuration folders of a made-up user and system.
struct DesktopFolder {
    let folder = TemporaryFolder()

    /// More and other variables than those that lead into the folder.
    func environment(_ more: [String: String] = [:]) -> Environment {
        let path = folder.path
        let own = [
            "HOME": "\(path)/home", "XDG_DATA_DIRS": "\(path)/local:\(path)/system",
            "XDG_CONFIG_DIRS": "\(path)/etc", "PATH": "\(path)/bin:/usr/bin:/bin",
            // Not the folder of who runs the tests, whose bus would be asked.
            "XDG_RUNTIME_DIR": "\(path)/run", "DISPLAY": ":77",
        ]
        return Environment(own.merging(more) { $1 })
    }

    /// The value of `lines` stands below the group's head.
    func add(_ id: String, _ lines: String, at place: String = "system") {
        folder.write(
            "[Desktop Entry]\nType=Application\n\(lines)\n", to: "\(place)/applications/\(id)")
    }

    func catalog(_ more: [String: String] = [:]) -> Catalog { Catalog(environment(more)) }

    static let user = "home/.local/share"
}
