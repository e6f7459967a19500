package import KernelSandbox

/// What a module may reach outside itself, as the manifest asks for it and the configuration
/// changes it, with paths in full and without links: two values are compared without I/O.
///
/// One module may have another work for it only where that one's reach is within its own: a call
/// must never give the caller more than it has.
package struct Reach: Sendable, Hashable {
    private var own: [PermissionKind: [String]] = [:]
    /// The same, with links followed that are not followed for a module itself: one that lives in
    /// the kernel follows them.
    private var atMost: [PermissionKind: [String]] = [:]

    package init(
        _ permissions: Permissions, in places: PathPlaces, _ links: LinkWalk = LinkWalk()
    ) throws(PermissionProblem) {
        for kind in PermissionKind.allCases {
            let list = kind.namesPaths ? try places.expand(permissions[kind]) : permissions[kind]
            own[kind] = kind.namesPaths ? list.map(links.end) : list
            atMost[kind] = kind.namesPaths ? list.map(LinkWalk().end) : list
        }
    }

    /// Which servers the host may ask for the module.
    package var servers: [String] { own[.network] ?? [] }

    /// Which names on D-Bus it may talk to for it.
    package var busNames: [String] { own[.dbus] ?? [] }

    /// Which programs it may run for it: paths in full and without links.
    package var programs: [String] { own[.execute] ?? [] }

    /// One permission that a module lacks.
    package struct Missing: Sendable, Hashable {
        package let kind: PermissionKind
        package let value: String
    }

    /// The first of the other's permissions that is not within these; nil if all are.
    package func missing(for other: Reach) -> Missing? {
        for kind in PermissionKind.allCases {
            for wanted in other.atMost[kind] ?? [] where !covers(kind, wanted) {
                return Missing(kind: kind, value: wanted)
            }
        }
        return nil
    }

    private func covers(_ kind: PermissionKind, _ wanted: String) -> Bool {
        var mine = own[kind] ?? []
        // Who may write somewhere may read there too.
        if kind == .read { mine += own[.write] ?? [] }
        return mine.contains { kind.covers($0, wanted) }
    }
}
