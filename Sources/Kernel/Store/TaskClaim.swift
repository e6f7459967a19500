/// Who takes queued tasks to run them, and which.
package struct TaskClaim: Sendable, Hashable {
    package var lease: TaskLease
    package var choice: Choice
    package var at: Moment

    package enum Choice: Sendable, Hashable {
        /// Those of these that are queued still.
        case these([TaskID])
        /// At most this many, by priority and then by age, of all modules but these.
        case next(Int, exceptModules: Set<String>)
    }

    package init(_ choice: Choice, lease: TaskLease, at moment: Moment) {
        self.choice = choice
        self.lease = lease
        at = moment
    }
}
