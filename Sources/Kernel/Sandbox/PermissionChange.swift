/// What the configuration says about a module's permissions: `[modules.<id>.permissions]`.
///
/// A list takes the place of the manifest's, and may only narrow it: each entry lies within one of
/// the manifest's. An entry that begins with `+` is added, whatever the manifest says. A list of
/// nothing but additions leaves the manifest's in force.
package struct PermissionChange: Sendable, Hashable {
    package var lists: [PermissionKind: [String]]

    package init(_ lists: [PermissionKind: [String]] = [:]) {
        self.lists = lists
    }

    package func applied(
        to asked: Permissions, in places: PathPlaces
    ) throws(PermissionProblem) -> Permissions {
        var result = asked
        for kind in PermissionKind.allCases {
            guard let list = lists[kind] else { continue }
            let added = list.filter { $0.hasPrefix("+") }.map { String($0.dropFirst()) }
            let kept = list.filter { !$0.hasPrefix("+") }
            for entry in kept where try !Self.isWithin(asked[kind], entry, kind, places) {
                throw PermissionProblem(
                    "\(kind.rawValue) has \"\(entry)\", which the module does not ask for: write "
                        + "\"+\(entry)\" to give it more than it asks for")
            }
            let onlyAdds = kept.isEmpty && !added.isEmpty
            result[kind] = (onlyAdds ? asked[kind] : kept) + added
        }
        return result
    }

    private static func isWithin(
        _ asked: [String], _ entry: String, _ kind: PermissionKind, _ places: PathPlaces
    ) throws(PermissionProblem) -> Bool {
        guard kind.namesPaths else { return asked.contains { kind.covers($0, entry) } }
        let outer = try places.expand(asked)
        return try places.expand(entry).allSatisfy { path in
            outer.contains { kind.covers($0, path) }
        }
    }
}
