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
}
