/// Durable tasks. Each function hands its answer to `done`, once; see `Completion` and `Answer`.
/// A write is committed when `done` says so; one that fails has changed nothing.
package protocol TaskRecords: Sendable {
    /// Nobody else works on these tasks as long as they are open here, so that whoever else has one
    /// is dead. Of a store that several kernels share it is the end of a lease that says so.
    var areExclusive: Bool { get }
    /// Puts off the end of all leases that one owner holds. Relaxed: a kernel whose last word on
    /// this is lost has ended.
    func renewLeases(
        of owner: String, until moment: Moment, _ done: @escaping Completion<Void>)

    /// All of them, or none. A task whose dependencies are not all done, or whose time has not
    /// come, begins as waiting, every other one as queued. A key that is known gives the task that
    /// has it, also to those of the same request that name it.
    func submit(_ tasks: [NewTask], _ done: @escaping Completion<[TaskRecord]>)

    func task(_ id: TaskID, _ done: @escaping Completion<TaskRecord>)
    /// By an id or the beginning of one that only it has.
    func task(matching text: String, _ done: @escaping Completion<TaskRecord>)
    func list(_ filter: TaskFilter, _ done: @escaping Completion<[TaskRecord]>)
    /// The tasks in some states, the oldest first, each read on its own: of a damaged store
    /// whatever can be.
    func salvage(_ states: Set<TaskState>, _ done: @escaping Completion<TaskSalvage>)
    func counts(_ done: @escaping Completion<[TaskState: Int]>)
    func arguments(of id: TaskID, _ done: @escaping Completion<Payload>)
    /// Nil until the task has ended, and after an end without a value.
    func result(of id: TaskID, _ done: @escaping Completion<Payload?>)
    func attempts(of id: TaskID, _ done: @escaping Completion<[TaskAttempt]>)
    /// The tasks that wait for this one.
    func dependants(of id: TaskID, _ done: @escaping Completion<[TaskRecord]>)

    /// One result for each step, in their order; each is taken or not on its own.
    func transition(
        _ steps: [TaskTransition], _ durability: Durability,
        _ done: @escaping Completion<[TransitionResult]>)

    /// The task and everything beneath it that has not ended, the oldest first: children of
    /// children too whose own parent has ended.
    func openFamily(of id: TaskID, _ done: @escaping Completion<[TaskRecord]>)
    /// Notes that somebody wants the open family of a task to end, and answers with it.
    func askToCancel(
        familyOf id: TaskID, at moment: Moment, _ done: @escaping Completion<[TaskRecord]>)

    func setProgress(_ progress: TaskProgress, of id: TaskID, _ done: @escaping Completion<Void>)
    /// Behind what is there already. Text of one instant belongs into one call.
    func appendOutput(_ pieces: [Payload], to id: TaskID, _ done: @escaping Completion<Void>)
    /// About `bytesMax` bytes from `offset` on, whole pieces, at least one if there is one.
    func output(
        of id: TaskID, from offset: Int64, bytesMax: Int, _ done: @escaping Completion<TaskOutput>)

    /// Deletes ended tasks that ended before a moment, or before the `keeping` that ended last; at
    /// most some hundred at once. The answer is how many; call again until it is 0. One that a task
    /// needs which has not ended stays.
    func deleteEnded(
        before moment: Moment, keeping: Int, _ done: @escaping Completion<Int>)
}
