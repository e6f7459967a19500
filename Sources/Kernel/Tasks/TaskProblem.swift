package import KernelStore

/// Why the engine did not do what it was asked to, as a sentence.
package struct TaskProblem: Error, Sendable, Hashable, CustomStringConvertible {
    package enum Kind: Sendable, Hashable {
        /// There is no such task.
        case unknown
        /// The request makes no sense.
        case invalid
        /// Too much at once; later it may go.
        case busy
        /// It cannot be done with a task in this state.
        case refused
        /// The store could not do it.
        case failed
    }

    package let kind: Kind
    package let description: String

    package init(_ kind: Kind, _ sentence: String) {
        self.kind = kind
        description = sentence
    }

    package init(_ error: StoreError) {
        let kind: Kind =
            switch error.kind {
            case .unknown: .unknown
            case .ambiguous, .tooLarge, .duplicate: .invalid
            case .busy: .busy
            case .refused: .refused
            case .full, .damaged, .closed, .failed: .failed
            }
        self.init(kind, error.description)
    }
}
