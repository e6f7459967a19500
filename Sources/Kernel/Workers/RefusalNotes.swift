import KernelSandbox

/// What ran into the walls while something was done, for the message of its failure.
struct RefusalNotes: Sendable {
    private let walls: Walls?
    private let mark: Refusals.Mark

    init(_ walls: Walls?) {
        self.walls = walls
        mark = Refusals.mark
    }

    func added(to message: String) -> String {
        guard let walls else { return message }
        return ([message] + Refusals.sentences(since: mark, walls)).joined(separator: "; ")
    }
}
