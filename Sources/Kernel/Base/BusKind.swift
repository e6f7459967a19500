/// Which of the two buses of a machine.
package enum BusKind: String, Sendable, Hashable, NamedChoice {
    /// That of the user who is logged in.
    case session
    /// That of the machine.
    case system

    package var name: String { rawValue }
}
