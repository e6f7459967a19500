package import KernelBase

/// A step in a task's life, taken only if the task is still where its author believes it to be.
package struct TaskTransition: Sendable, Hashable {
    package var id: TaskID
    /// The states it may be in; never an end.
    package var from: Set<TaskState>
    package var to: TaskState
    /// If set, the task must be this kernel's.
    package var owner: String?
    /// If set, this must be the last attempt: a late answer of an earlier one changes nothing.
    package var attempt: Int?
    package var at: Moment

    /// Begins an attempt: its row is written with the same commit.
    package var begins: AttemptStart?
    /// Ends the attempt that runs.
    package var ends: AttemptEnd?
    /// Of a task that is to wait or to be queued again.
    package var notBefore: Moment?
    /// Of a task that ends: status, value and sentence. A value over the store's limit is cut.
    package var outcome: CallOutcome?

    package init(_ id: TaskID, from: Set<TaskState>, to state: TaskState, at moment: Moment) {
        precondition(!from.contains(where: \.isEnd), "a task that has ended stays as it is")
        self.id = id
        self.from = from
        to = state
        at = moment
    }
}

/// What came of a step.
package enum TransitionResult: Sendable, Hashable {
    /// The task as it is now; with its arguments if an attempt begins.
    case taken(TaskRecord, arguments: Payload?)
    /// It was somewhere else, belonged to another kernel or had another attempt: as it is.
    case refused(TaskRecord)
    case unknown
}
