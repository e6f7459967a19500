/// What a module may ask for, by the name of the member in its manifest and of the key in the
/// configuration.
package enum PermissionKind: String, Sendable, Hashable, CaseIterable {
    case read, write, network, dbus, execute

    package var namesPaths: Bool {
        switch self {
        case .read, .write, .execute: true
        case .network, .dbus: false
        }
    }

    /// Whether one entry opens all that another one does. Paths are in full.
    package func covers(_ own: String, _ wanted: String) -> Bool {
        guard own != wanted else { return true }
        switch self {
        case .read, .write, .execute: return PathPlaces.contains(own, wanted)
        case .network:
            guard let mine = NetworkPlace(own), let theirs = NetworkPlace(wanted) else {
                return false
            }
            return mine.covers(theirs)
        case .dbus:
            guard let mine = BusPlace(own), let theirs = BusPlace(wanted) else { return false }
            return mine.covers(theirs)
        }
    }
}
