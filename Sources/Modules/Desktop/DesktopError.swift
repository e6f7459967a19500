/// Why something could not be done, in a sentence for the person who asked for it.
package struct DesktopError: Error, Equatable, CustomStringConvertible {
    package let kind: Kind
    package let description: String

    package enum Kind: Sendable {
        /// The request itself makes no sense.
        case invalid
        /// What was named is not there.
        case notFound
        case denied
        /// Something that is needed does not run or is not installed.
        case unavailable
        case timedOut
        case failed
    }

    package init(_ kind: Kind, _ description: String) {
        self.kind = kind
        self.description = description
    }
}
