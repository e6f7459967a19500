/// The folders that the module may work in. Nothing outside them can be reached, by whatever path.
struct Roots: Sendable {
    let folders: [Root]
    let protection: Protection
    /// Ask the system to resolve a path in one call where no link lies on it.
    let asksSystem: Bool
    private let home: RawPath?

    struct Root: Sendable {
        /// Without links, where the folder exists.
        let path: RawPath
        /// As the configuration writes it.
        let written: RawPath
    }

    /// `written` are absolute, or begin with "~/".
    init(
        _ written: [RawPath], protection: Protection, home: RawPath? = Door.home(),
        asksSystem: Bool = true
    ) throws(Fault) {
        var folders: [Root] = []
        for path in written {
            let absolute = Self.expanded(path, home: home)
            guard let absolute, absolute.isAbsolute else {
                throw Fault(
                    .invalid,
                    "The root \"\(path)\" is not a whole path; write it from \"/\" or \"~/\" on.")
            }
            let plain = RawPath(root: .top, components: absolute.components)
            folders.append(Root(path: Door.followed(plain) ?? plain, written: plain))
        }
        if folders.isEmpty {
            throw Fault(.invalid, "The list of roots is empty: name at least one folder.")
        }
        self.folders = folders
        self.protection = protection
        self.asksSystem = asksSystem
        self.home = home
    }

    /// The whole path that a person or a model means by `text`.
    func absolutePath(_ text: String) throws(Fault) -> RawPath {
        let written = RawPath(text: text)
        if written.bytes.isEmpty { throw Fault(.invalid, "The path is empty.") }
        if written.bytes.contains(0) {
            throw Fault(
                .invalid, "The path \(written) contains a zero byte; no file can have that.")
        }
        if written.bytes.count > Self.bytesMax {
            throw Fault(.limit, "The path is longer than \(Self.bytesMax) bytes.")
        }
        guard let expanded = Self.expanded(written, home: home) else {
            throw Fault(.notFound, "The home folder is not known, so \"~\" means nothing here.")
        }
        if expanded.isAbsolute { return expanded }
        return RawPath(root: folders[0].path, components: expanded.components)
    }

    static let bytesMax = 4096

    static func expanded(_ path: RawPath, home: RawPath?) -> RawPath? {
        let tilde = UInt8(ascii: "~")
        guard path.bytes.first == tilde else { return path }
        if path.bytes.count > 1 && path.bytes[1] != RawPath.slash { return path }
        return home.map {
            RawPath(root: $0, components: RawPath(bytes: Array(path.bytes.dropFirst())).components)
        }
    }

    /// The innermost root that `path` lies in, and what follows.
    func root(of path: RawPath) -> (Root, rest: [[UInt8]])? {
        let components = path.components
        var best: (Root, rest: [[UInt8]])?
        var bestDepth = -1
        for root in folders {
            for candidate in [root.path, root.written] {
                let start = candidate.components
                if start.count > bestDepth, components.starts(with: start) {
                    best = (root, rest: Array(components.dropFirst(start.count)))
                    bestDepth = start.count
                }
            }
        }
        return best
    }

    /// The shortest spelling that leads to `path` again.
    func shortest(_ path: RawPath) -> String {
        let root = folders[0].path
        guard root.contains(path), path != root else { return path.description }
        let rest = RawPath(
            bytes: Array(
                path.components.dropFirst(root.components.count)
                    .joined(separator: [RawPath.slash])))
        return rest.bytes.first == UInt8(ascii: "~") ? "./\(rest)" : rest.description
    }

    /// Why `path` cannot be reached, and which root would be needed. `via` is the link that led
    /// there.
    func outside(_ path: RawPath, via: RawPath?) -> Fault {
        let known = folders.map(\.path.description).joined(separator: ", ")
        let needed = RawPath(root: .top, components: Array(path.components.dropLast()))
        let lead = via.map { "\($0) is a link to \(path), which lies" } ?? "\(path) lies"
        return Fault(
            .denied,
            "\(lead) outside the allowed roots (\(known)). To allow it, add \"\(needed)\" to "
                + "roots under [modules.fs].")
    }
}

extension RawPath {
    static let top = RawPath(bytes: [slash])

    /// Is `other` this path, or does it lie beneath it?
    func contains(_ other: RawPath) -> Bool {
        other.bytes.starts(with: bytes)
            && (other.bytes.count == bytes.count || bytes == [Self.slash]
                || other.bytes[bytes.count] == Self.slash)
    }

    /// With each ".." taken back by name, as if there were no links.
    var withoutSteps: RawPath {
        var result: [[UInt8]] = []
        for component in components {
            if component == Self.stepUp {
                _ = result.popLast()
            } else {
                result.append(component)
            }
        }
        return RawPath(root: .top, components: result)
    }

    static let stepUp: [UInt8] = [0x2E, 0x2E]
}
