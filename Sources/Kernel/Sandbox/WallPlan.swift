import KernelSystem

/// From permissions to walls: everything that is decided before a worker is asked to raise them.
package struct WallPlan: Sendable, Hashable {
    package var module: String
    package var strength: Walls.Strength
    package var permissions: Permissions
    package var limits: ResourceLimits

    package init(
        module: String = "", strength: Walls.Strength = .required,
        permissions: Permissions = Permissions(), limits: ResourceLimits = ResourceLimits()
    ) {
        self.module = module
        self.strength = strength
        self.permissions = permissions
        self.limits = limits
    }

    /// The walls of a worker that holds the library. What the module may use of network, D-Bus and
    /// programs opens nothing here: those are reached through the host. `folder` is the module's
    /// own; `written` is what other confined modules may write, without links.
    package func walls(
        library: String, folder: String? = nil, in places: PathPlaces, written: [String] = [],
        machine: MachineFiles = .ofThisMachine
    ) throws(PermissionProblem) -> Walls {
        try walls(
            rules: machine.rules + [Walls.Rule(LinkWalk().end(of: library), .read)],
            folder: folder, in: places, written: written)
    }

    /// The walls of a program that is started for the module: what the module may read and write,
    /// and of programs those that it may start, with what the system starts them by.
    package func programWalls(
        folder: String? = nil, in places: PathPlaces, written: [String] = [],
        machine: MachineFiles = .ofThisMachine
    ) throws(PermissionProblem) -> Walls {
        let links = LinkWalk(written: written)
        let programs = try places.expand(permissions[.execute]).map {
            Walls.Rule(links.end(of: $0), .execute)
        }
        return try walls(
            rules: machine.rules + machine.loaders + programs, folder: folder, in: places,
            written: written)
    }

    private func walls(
        rules: [Walls.Rule], folder: String?, in places: PathPlaces, written: [String]
    ) throws(PermissionProblem) -> Walls {
        var links = LinkWalk(written: written)
        var writing: [String] = []
        let wanted = try places.expand(permissions[.write]) + [folder].compactMap(\.self)
        // The outer folders first: a link within one of them may be the module's own.
        for path in wanted.sorted(by: Self.isShorter) {
            writing.append(links.end(of: path))
            links.written.append(writing[writing.count - 1])
        }
        let reading = try places.expand(permissions[.read]).map { links.end(of: $0) }
        let rules =
            rules + writing.map { Walls.Rule($0, .write) } + reading.map { Walls.Rule($0, .read) }
        var walls = Walls(
            module: module, strength: strength, rules: Self.withoutRepetition(rules),
            limits: limits,
            allowsChanges: !writing.isEmpty
                && reading.allSatisfy { path in
                    writing.contains { PathPlaces.contains($0, path) }
                })
        walls.ownFolder = folder.map { links.end(of: $0) } ?? ""
        return walls
    }

    /// The folders that the module may write, without links.
    package func written(folder: String?, in places: PathPlaces) throws(PermissionProblem)
        -> [String]
    {
        let paths = try places.expand(permissions[.write]) + [folder].compactMap(\.self)
        return paths.map { LinkWalk().end(of: $0) }
    }

    private static func isShorter(_ one: String, _ other: String) -> Bool {
        one.utf8.count < other.utf8.count
    }

    /// A rule inside another one that gives at least as much is left out. That is a wall too: a
    /// module could replace a folder that it may write by a link, and get what that leads to.
    private static func withoutRepetition(_ rules: [Walls.Rule]) -> [Walls.Rule] {
        var kept: [Walls.Rule] = []
        for rule in rules.sorted(by: { Self.isShorter($0.path, $1.path) }) {
            let isCovered = kept.contains { outer in
                PathPlaces.contains(outer.path, rule.path)
                    && outer.access.includes(rule.access)
            }
            if !isCovered { kept.append(rule) }
        }
        return kept
    }
}
