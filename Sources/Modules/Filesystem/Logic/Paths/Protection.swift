/// What stays closed although it lies inside an allowed root.
struct Protection: Sendable {
    /// Hidden files and shell start-up files are open too.
    let allowsHidden: Bool
    /// The kernel's own folders: whoever could write there could lift every other rule.
    let closed: [RawPath]

    init(allowsHidden: Bool, closed: [RawPath]) {
        self.allowsHidden = allowsHidden
        self.closed = closed.map(Self.followed)
    }

    /// Start-up files of shells that do not begin with a dot.
    private static let startUpFiles: Set<RawPath> = Set(
        [
            "/etc/profile", "/etc/profile.d", "/etc/bash.bashrc", "/etc/environment", "/etc/zsh",
            "/etc/fish", "/etc/csh.cshrc", "/etc/csh.login", "/etc/xdg/autostart",
        ].map { RawPath(text: $0) })

    static func isHidden(_ name: [UInt8]) -> Bool {
        name.first == UInt8(ascii: ".") && name != [0x2E] && name != [0x2E, 0x2E]
    }

    /// Refuses a hidden name on the way to a file.
    func check(name: [UInt8], of path: RawPath) throws(Fault) {
        guard Self.isHidden(name), !allowsHidden else { return }
        throw Fault(
            .denied,
            "\(path) is closed: \"\(RawPath.text(of: name))\" is hidden, and hidden files "
                + "often hold keys and start-up commands. To open them, set hidden = true under "
                + "[modules.fs].")
    }

    /// Refuses a file by the place where it really lies.
    func check(_ path: RawPath) throws(Fault) {
        if closed.contains(where: { $0.contains(path) }) {
            throw Fault(
                .denied, "\(path) belongs to the kernel itself, which no module may touch.")
        }
        if !allowsHidden, Self.startUpFiles.contains(where: { $0.contains(path) }) {
            throw Fault(
                .denied,
                "\(path) is closed: it holds start-up commands. To open such files, set "
                    + "hidden = true under [modules.fs].")
        }
    }

    func allows(_ path: RawPath) -> Bool {
        do {
            try check(path)
            return true
        } catch {
            return false
        }
    }

    /// The path without links, also if its last folders do not exist yet.
    private static func followed(_ path: RawPath) -> RawPath {
        var existing = path.components
        var rest: [[UInt8]] = []
        while let last = existing.last {
            if let found = Door.followed(RawPath(root: .top, components: existing)) {
                return RawPath(root: found, components: rest)
            }
            rest.insert(last, at: 0)
            existing.removeLast()
        }
        return path
    }
}
