/// What an answer promises.
package enum Durability: Sendable, Hashable {
    /// It survives a power cut.
    case durable
    /// It survives the end of the kernel by any signal; a power cut may undo it, but only together
    /// with everything that came later.
    case relaxed
}
