/// Durable tasks. Each function hands its answer to `done`, once; see `Completion` and `Answer`.
/// A write is committed when `done` says so; one that fails has changed nothing.
package protocol TaskRecords: Sendable {
    /// All of them, or none. A task whose dependencies are not all done, or whose time has not
    /// come, begins as waiting, every other one as queued.
    func submit(_ tasks: [NewTask], _ done: @escaping Completion<[TaskRecord]>)

    func task(_ id: TaskID, _ done: @escaping Completion<TaskRecord>)
    /// By an id or the beginning of one that only it has.
    func task(matching text: String, _ done: @escaping Completion<TaskRecord>)
    func list(_ filter: TaskFilter, _ done: @escaping Completion<[TaskRecord]>)
    func counts(_ done: @escaping Completion<[TaskState: Int]>)
    func arguments(of id: TaskID, _ done: @escaping Completion<Payload>)
    /// Nil until the task has ended, and after an end without a value.
    func result(of id: TaskID, _ done: @escaping Completion<Payload?>)
    func attempts(of id: TaskID, _ done: @escaping Completion<[TaskAttempt]>)
    /// The tasks that wait for this one.
    func dependants(of id: TaskID, _ done: @escaping Completion<[TaskRecord]>)

    /// Queued tasks become claimed, in the order in which they are to run. What nobody took is in
    /// the answer.
    func claim(
        _ claim: TaskClaim, _ durability: Durability, _ done: @escaping Completion<[ClaimedTask]>)
    /// Moves the end of leases that are still `lease.owner`'s. The answer names them.
    func renew(_ ids: [TaskID], _ lease: TaskLease, _ done: @escaping Completion<[TaskID]>)
    /// One result for each step, in their order; each is taken or not on its own.
    func transition(
        _ steps: [TaskTransition], _ durability: Durability,
        _ done: @escaping Completion<[TransitionResult]>)

    /// Notes that somebody wants these to end. The answer names those that have not.
    func askToCancel(_ ids: [TaskID], at moment: Moment, _ done: @escaping Completion<[TaskID]>)

    func setProgress(_ progress: TaskProgress, of id: TaskID, _ done: @escaping Completion<Void>)
    /// Behind what is there already. Text of one instant belongs into one call.
    func appendOutput(_ pieces: [Payload], to id: TaskID, _ done: @escaping Completion<Void>)
    /// About `bytesMax` bytes from `offset` on, whole pieces, at least one if there is one.
    func output(
        of id: TaskID, from offset: Int64, bytesMax: Int, _ done: @escaping Completion<TaskOutput>)

    /// Deletes ended tasks that ended before a moment, or that are older than the newest `keeping`
    /// ended ones; at most some hundred at once. The answer is how many; call again until it is 0.
    /// One that a task needs which has not ended stays.
    func deleteEnded(
        before moment: Moment, keeping: Int, _ done: @escaping Completion<Int>)
}
