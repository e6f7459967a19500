extension Roots {
    /// Finds out where `text` leads, without ever leaving the roots: each name is looked up in a
    /// folder that is held open, and links are read and followed here, not by the system, so that
    /// whoever exchanges a folder for a link meanwhile gains nothing. A path without links is
    /// resolved by one openat2(), which keeps the same promise.
    ///
    /// With `followingLast` false, a link at the end of the path is itself what is meant.
    func resolve(_ text: String, followingLast: Bool = true) throws(Fault) -> Place {
        var path = try absolutePath(text)
        var via: RawPath?
        for _ in 0..<Self.linksMax {
            guard let (root, rest) = root(of: path) ?? root(of: path.withoutSteps) else {
                throw outside(path.withoutSteps, via: via)
            }
            if let place = try resolveAtOnce(rest, in: root, followingLast: followingLast) {
                try protection.check(place.path)
                return place
            }
            var walk = try Walk(
                root: root, names: rest, followingLast: followingLast, protection: protection)
            if let next = try walk.run() {
                (path, via) = (next, walk.lastLink)
                continue
            }
            let place = try walk.place()
            try protection.check(place.path)
            return place
        }
        throw Fault(.invalid, "\(path) is a link that leads to itself.")
    }

    /// As the system does.
    static let linksMax = 40

    private func resolveAtOnce(
        _ names: [[UInt8]], in root: Root, followingLast: Bool
    ) throws(Fault) -> Place? {
        guard asksSystem, let last = names.last, !names.contains(RawPath.stepUp) else { return nil }
        let path = RawPath(root: root.path, components: names)
        for name in names { try protection.check(name: name, of: path) }
        let above = Array(names.dropLast().joined(separator: [RawPath.slash]))
        do {
            let folder = try Door.openFolder(at: root.path)
            let parent = try Door.holdFolder(
                folder, beneath: above.isEmpty ? Place.itself : above)
            let status = try Door.status(parent, last)
            if status.kind == .link && followingLast { return nil }
            return Place(path: path, parent: parent, missing: [], name: last, status: status)
        } catch {
            // The walk knows more: which name is missing, or a link, or not a folder.
            return nil
        }
    }
}

/// One way from a root to a file, name by name.
private struct Walk {
    private let root: Roots.Root
    private let followingLast: Bool
    private let protection: Protection
    private var pending: [[UInt8]]
    /// The folders on the way, the root first, and the names of all but the root.
    private var held: [Held]
    private var names: [[UInt8]] = []
    private var end: End?
    private var links = 0
    private(set) var lastLink: RawPath?

    private final class Held {
        let folder: Descriptor
        init(_ folder: consuming Descriptor) { self.folder = folder }
    }

    private struct End {
        let name: [UInt8]
        let missing: [[UInt8]]
        let status: FileStatus?
    }

    init(
        root: Roots.Root, names: [[UInt8]], followingLast: Bool, protection: Protection
    ) throws(Fault) {
        self.root = root
        self.followingLast = followingLast
        self.protection = protection
        pending = names
        held = [Held(try during("be opened", root.path, Door.openFolder(at: root.path)))]
    }

    /// Goes to the end of the way; returns a path if the way leads out of this root.
    mutating func run() throws(Fault) -> RawPath? {
        while !pending.isEmpty, end == nil {
            let name = pending.removeFirst()
            if name == RawPath.stepUp {
                if names.isEmpty {
                    let above = Array(root.path.components.dropLast())
                    return RawPath(root: .top, components: above + pending)
                }
                names.removeLast()
                held.removeLast()
            } else if let elsewhere = try step(to: name) {
                return elsewhere
            }
        }
        return nil
    }

    private mutating func step(to name: [UInt8]) throws(Fault) -> RawPath? {
        let path = RawPath(root: root.path, components: names + [name])
        try protection.check(name: name, of: path)
        guard let found = try hold(name, path) else {
            try stop(before: name, path)
            return nil
        }
        let status = try during("be reached", path, Door.status(found))
        switch status.kind {
        case .link where !pending.isEmpty || followingLast:
            return try follow(found, path)
        case .folder where !pending.isEmpty:
            names.append(name)
            held.append(Held(found))
        case _ where pending.isEmpty:
            end = End(name: name, missing: [], status: status)
        default:
            throw Fault(.notFound, "\(path) is \(status.kind.article), not a folder.")
        }
        return nil
    }

    /// Nil if there is nothing of that name.
    private func hold(_ name: [UInt8], _ path: RawPath) throws(Fault) -> Descriptor? {
        do {
            return try Door.hold(held[held.count - 1].folder, name)
        } catch {
            if error.number == Door.missing { return nil }
            throw Fault("be reached", path, error)
        }
    }

    private mutating func follow(_ link: borrowing Descriptor, _ path: RawPath) throws(Fault)
        -> RawPath?
    {
        links += 1
        if links > Roots.linksMax {
            throw Fault(.invalid, "\(path) is a link that leads to itself.")
        }
        let target: RawPath
        do {
            target = RawPath(bytes: try Door.linkTarget(link, []))
        } catch {
            throw Fault("be followed", path, error)
        }
        lastLink = path
        pending = target.components + pending
        if target.isAbsolute { return RawPath(root: .top, components: pending) }
        return nil
    }

    /// Nothing has this name: what follows does not exist either.
    private mutating func stop(before name: [UInt8], _ path: RawPath) throws(Fault) {
        let rest = [name] + pending
        if rest.contains(RawPath.stepUp) { throw Fault(.notFound, "\(path) does not exist.") }
        for name in pending { try protection.check(name: name, of: path) }
        end = End(name: rest[rest.count - 1], missing: Array(rest.dropLast()), status: nil)
    }

    func place() throws(Fault) -> Place {
        let parent = held[held.count - 1]
        guard let end else {
            // The way ended on a folder that is held already: the root, or one reached by "..".
            let path = RawPath(root: root.path, components: names)
            let status = try during("be reached", path, Door.status(parent.folder))
            return Place(
                path: path, parent: try reopened(parent), missing: [], name: Place.itself,
                status: status)
        }
        return Place(
            path: RawPath(root: root.path, components: names + end.missing + [end.name]),
            parent: try reopened(parent), missing: end.missing, name: end.name, status: end.status)
    }

    private func reopened(_ folder: Held) throws(Fault) -> Descriptor {
        try during("be reached", root.path, Door.hold(folder.folder, Place.itself))
    }
}
