import KernelStore

/// An open task in the memory of the engine; on the engine's thread only.
final class TaskEntry {
    var life: TaskLife
    /// As the store last said it.
    var record: TaskRecord
    /// Only while the call begins.
    var arguments: Payload?
    /// How the attempt begins that is being recorded.
    var start: AttemptStart?
    /// What ran in the attempt, if a call was made.
    var ran: AttemptEnd.Ran?
    var call: UInt64?
    var listener: TaskCall?
    /// What it waits for.
    var unmet: Set<TaskID> = []
    var queuedAt: Moment
    var heardAt: Moment?
    var progressWrittenAt: Moment?
    var unwrittenProgress: TaskProgress?
    /// Output of it is with the store, which has not answered yet.
    var isAppending = false
    var waiters: [TaskWait] = []

    init(_ record: TaskRecord, at now: Moment) {
        life = TaskLife(record)
        self.record = record
        queuedAt = now
    }

    var id: TaskID { record.id }

    var item: TaskQueue.Item {
        TaskQueue.Item(
            id: id, name: record.name, module: record.module, submitter: record.submitter,
            priority: record.priority, since: queuedAt)
    }
}
