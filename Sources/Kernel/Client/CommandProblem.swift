/// Why a line or a command line is not understood: what, where, what to do.
package struct CommandProblem: Error, Sendable, Equatable, CustomStringConvertible {
    package let description: String

    package init(_ description: String) {
        self.description = description
    }
}
