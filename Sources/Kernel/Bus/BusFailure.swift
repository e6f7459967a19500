/// Why something on a bus came to no good end. An error that a service answers with is an answer.
package struct BusFailure: Error, Sendable, Hashable, CustomStringConvertible {
    package enum Kind: Sendable, Hashable {
        /// What is asked makes no sense.
        case invalid
        /// It holds what cannot be passed.
        case unsupported
        /// libsystemd is missing.
        case unavailable
        /// There is no such bus, or it does not take us.
        case unreachable
        /// Nobody has the name, or somebody else has.
        case notFound
        /// The bus has ended the connection, or refuses what is needed.
        case gone
        case tooLarge
        case tooMany
        case deadline
        case cancelled
    }

    package let kind: Kind
    package let description: String

    package init(_ kind: Kind, _ description: String) {
        self.kind = kind
        self.description = description
    }
}
