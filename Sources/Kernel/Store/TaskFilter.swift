/// Which tasks a list shows.
package struct TaskFilter: Sendable, Hashable {
    /// Empty: all.
    package var states: Set<TaskState> = []
    package var module: String?
    /// With all of its terminals, which stand behind its name.
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

    /// Whether a task is one of those, as far as that is not for its place in the list to say.
    package func shows(_ task: TaskRecord) -> Bool {
        (states.isEmpty || states.contains(task.state))
            && module.map { $0 == task.module } != false
            && submitter.map { (task.submitter + " ").hasPrefix($0 + " ") } != false
            && parent.map { $0 == task.parent } != false
            && after.map { order == .newestFirst ? task.id < $0 : task.id > $0 } != false
    }

    /// More than this are never read at once.
    package static let limitMax = 10_000
}
