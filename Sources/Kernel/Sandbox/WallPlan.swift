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
            machine.rules + [Walls.Rule(LinkWalk().end(of: library), .read)]
            + writing.map { Walls.Rule($0, .write) } + reading.map { Walls.Rule($0, .read) }
        return Walls(
            module: module, strength: strength, rules: Self.withoutRepetition(rules),
            limits: limits,
            allowsChanges: !writing.isEmpty
                && reading.allSatisfy { path in
                    writing.contains { PathPlaces.contains($0, path) }
                })
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
                    && (outer.access == .write || rule.access == .read)
            }
            if !isCovered { kept.append(rule) }
        }
        return kept
    }
}
