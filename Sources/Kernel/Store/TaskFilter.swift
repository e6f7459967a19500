/// Which tasks a list shows.
package struct TaskFilter: Sendable, Hashable {
    /// Empty: all.
    package var states: Set<TaskState> = []
    package var module: String?
    package var submitter: String?
    package var parent: TaskID?
    package var order: Order = .newestFirst
    /// Goes on behind this one, in the order of the list.
    package var after: TaskID?
    package var limit: Int = 100

    package enum Order: Sendable, Hashable {
        case newestFirst, oldestFirst
    }

    package init(states: Set<TaskState> = []) {
        self.states = states
    }

    /// More than this are never read at once.
    package static let limitMax = 10_000
}
