import ModuleJSON

/// Where things may be done without asking, and what asks even there.
package struct ApprovalGround: Sendable, Hashable {
    /// Whole paths, links followed.
    package let roots: [String]
    /// The kernel's own folders: configuration, state, modules.
    package let own: [String]
    package let home: String

    package init(roots: [String], own: [String], home: String) {
        self.roots = roots
        self.own = own
        self.home = home
    }

    /// Why a file may not be touched without asking; nil if it may.
    func objection(to file: String) -> ApprovalReason? {
        if own.contains(where: { Self.contains($0, file) }) { return .kernelFiles(file) }
        let names = file.split(separator: "/")
        if names.contains(where: { Self.keyFolders.contains(String($0)) }) { return .keys(file) }
        if Self.startFolders.contains(where: { Self.contains("\(home)/\($0)", file) })
            || names.last.map({ Self.startFiles.contains(String($0)) }) == true
        {
            return .startFiles(file)
        }
        // By the deepest: what is below a hidden root is not hidden from who chose that root.
        let root = roots.filter { Self.contains($0, file) }.max { $0.count < $1.count }
        guard let root else { return .outside(file) }
        let inside = file.dropFirst(root.count).split(separator: "/")
        return inside.contains { $0.hasPrefix(".") } ? .hidden(file) : nil
    }

    static func contains(_ folder: String, _ file: String) -> Bool {
        folder == "/" || file == folder || file.hasPrefix(folder + "/")
    }

    private static let keyFolders: Set = [
        ".ssh", ".gnupg", ".pki", ".password-store", ".aws", ".kube", ".docker", "keyrings",
    ]
    /// What runs by itself later on.
    private static let startFolders = [
        ".config/autostart", ".config/systemd", ".config/environment.d", ".local/share/systemd",
        ".local/share/dbus-1", ".local/share/applications", ".config/fish",
    ]
    private static let startFiles: Set = [
        ".bashrc", ".bash_profile", ".bash_login", ".bash_logout", ".bash_aliases", ".profile",
        ".zshrc", ".zshenv", ".zprofile", ".zlogin", ".xprofile", ".xsession", ".xinitrc",
        ".pam_environment", ".gitconfig", ".inputrc", ".envrc",
    ]
}

/// Why somebody has to be asked.
package enum ApprovalReason: Sendable, Hashable, CustomStringConvertible {
    case outside(String)
    case hidden(String)
    case keys(String)
    case startFiles(String)
    case kernelFiles(String)
    case danger
    /// It changes something that no path names.
    case change
    case goesOut
    case memory
    /// It would be allowed, but text from elsewhere has come into this turn.
    case untrusted

    package var description: String {
        switch self {
        case .outside(let file): "\(file) is outside the folders that may be used"
        case .hidden(let file): "\(file) is hidden"
        case .keys(let file): "\(file) may hold keys"
        case .startFiles(let file): "\(file) decides what runs later"
        case .kernelFiles(let file): "\(file) is the kernel's own"
        case .danger: "it cannot be undone"
        case .change: "it changes something beyond files"
        case .goesOut: "it may send something out, or start something"
        case .memory: "it changes what is remembered"
        case .untrusted: "text from elsewhere has come into this chat since you were asked last"
        }
    }
}
