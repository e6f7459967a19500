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
    /// programs opens nothing here: those are reached through the host.
    package func walls(
        library: String, in places: PathPlaces, machine: MachineFiles = .ofThisMachine
    ) throws(PermissionProblem) -> Walls {
        let reading = try places.expand(permissions[.read]).map { Walls.Rule($0, .read) }
        let writing = try places.expand(permissions[.write]).map { Walls.Rule($0, .write) }
        let own = [Walls.Rule(library, .read)]
        return Walls(
            module: module, strength: strength,
            rules: Self.withoutRepetition(machine.rules + own + writing + reading),
            limits: limits, isObservable: !writing.isEmpty)
    }

    /// A rule inside another one that gives at least as much is left out. That is a wall too: a
    /// module could replace a folder that it may write by a link, and get what that leads to.
    private static func withoutRepetition(_ rules: [Walls.Rule]) -> [Walls.Rule] {
        var kept: [Walls.Rule] = []
        for rule in rules.sorted(by: { $0.path.utf8.count < $1.path.utf8.count }) {
            let isCovered = kept.contains { outer in
                PathPlaces.contains(outer.path, rule.path)
                    && (outer.access == .write || rule.access == .read)
            }
            if !isCovered { kept.append(rule) }
        }
        return kept
    }
}
