/// Why a line or a command line is not understood: what, where, what to do.
package struct CommandProblem: Error, Sendable, Equatable, CustomStringConvertible {
    package let description: String
    /// It is understood well enough, but the task's module serves nothing now.
    package let isOutOfService: Bool

    package init(_ description: String, isOutOfService: Bool = false) {
        self.description = description
        self.isOutOfService = isOutOfService
    }
}
