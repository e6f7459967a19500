/// Something that the store could not do, as a sentence that a person can act on.
package struct StoreError: Error, Sendable, Hashable, CustomStringConvertible {
    package let kind: Kind
    package let description: String

    package enum Kind: Sendable, Hashable {
        /// What was asked for is not there.
        case unknown
        /// The beginning of an id that several have.
        case ambiguous
        /// There is one of this name already.
        case duplicate
        /// Over a limit of the store.
        case tooLarge
        /// More work is queued than the store takes; later it may.
        case busy
        /// The disk is full.
        case full
        /// The data cannot be read any more.
        case damaged
        /// Not allowed: permissions, a newer kernel's database, a lock that another one holds.
        case refused
        case closed
        case failed
    }

    package init(_ kind: Kind, _ sentence: String) {
        self.kind = kind
        description = sentence
    }
}
