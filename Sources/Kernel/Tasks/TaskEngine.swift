package import KernelStore
package import KernelSystem

/// Runs durable tasks: takes them in, shares out places among them, and sees each to its one end.
/// All of it happens on a thread of its own; each answer comes on that thread or on one of the
/// store's, where nobody may block.
package final class TaskEngine: Sendable {
    package typealias Answer<Value> = @Sendable (Result<Value, TaskProblem>) -> Void

    /// For reading: lists, results, output.
    package let records: any TaskRecords
    let mailbox = EngineMailbox()
    private let clock: TaskClock
    private let ended = Condition(false)

    /// `observe` hears of everything that happens to tasks, in order; `report` of what everybody
    /// should know. Neither may block.
    package init(
        records: any TaskRecords, runner: any TaskRunner, options: TaskOptions,
        clock: TaskClock = .system, observe: @escaping @Sendable (TaskEvent) -> Void,
        report: @escaping @Sendable (TaskReport) -> Void
    ) throws(SystemError) {
        self.records = records
        self.clock = clock
        let (mailbox, ended) = (mailbox, ended)
        try SystemThread.start(name: "tasks") {
            let core = EngineCore(
                records: records, runner: runner, options: options, clock: clock,
                mailbox: mailbox, observe: observe, report: report)
            while let jobs = mailbox.next(until: core.due.next, clock: clock) {
                for job in jobs { job(core) }
                core.turn()
            }
            ended.withLock { $0 = true }
            ended.broadcast()
        }
    }

    /// Takes up what the store holds. To be called once.
    package func start() {
        mailbox.post { $0.start() }
    }

    /// The limits may be others: what may begin now does. What was taken in under the former ones
    /// stays.
    package func limitsChanged() {
        mailbox.post { _ in }
    }

    /// Takes tasks in: all, or none with the reason. Answers once they are committed.
    package func submit(_ orders: [NewTask], _ done: @escaping Answer<[TaskRecord]>) {
        mailbox.post { $0.submit(orders, done) }
    }

    /// Cancels a task and its children. Those that have not begun end at once; a running one is
    /// asked to, and ends after its grace. The answer names those that were open.
    package func cancel(_ id: TaskID, why: String, _ done: @escaping Answer<[TaskID]>) {
        mailbox.post { $0.cancel(id, why, done) }
    }

    /// Hands the work of an ended task in once more, as a new task with an id of its own.
    package func retry(
        _ id: TaskID, as new: TaskID = .make(), by submitter: String,
        _ done: @escaping Answer<[TaskRecord]>
    ) {
        mailbox.post { $0.retry(id, as: new, by: submitter, done) }
    }

    /// Tells of the end of a task, until the answer is dropped.
    @discardableResult
    package func wait(for id: TaskID, _ done: @escaping Answer<TaskRecord>) -> TaskWait {
        let wait = TaskWait(done)
        mailbox.post { $0.tellEnd(id, wait) }
        return wait
    }

    /// Nobody waits any more: there is no answer from now on, unless one is on its way.
    package func drop(_ wait: TaskWait, for id: TaskID) {
        wait.drop()
        mailbox.post { $0.dropWaits(for: id) }
    }

    /// What is to be known of tasks besides what the store says of them.
    package func notes(
        _ records: [TaskRecord], _ done: @escaping @Sendable ([TaskID: String]) -> Void
    ) {
        mailbox.post { core in
            var notes: [TaskID: String] = [:]
            for record in records { notes[record.id] = core.note(record) }
            done(notes)
        }
    }

    package struct Health: Sendable, Hashable {
        /// What is wrong with the tasks as a whole, a sentence each.
        package var troubles: [String] = []
        /// How many wait for their turn, by module.
        package var queued: [String: Int] = [:]

        package init() {}
    }

    package func health(_ done: @escaping @Sendable (Health) -> Void) {
        mailbox.post { core in
            var health = Health()
            health.troubles = core.troubles
            for entry in core.entries.values where entry.life.phase == .queued {
                health.queued[entry.record.module, default: 0] += 1
            }
            done(health)
        }
    }

    /// A module has come into service: tasks may have waited for it.
    package func modulesChanged() {
        mailbox.post { $0.lookAgain() }
    }

    /// The clock of a test was moved.
    package func clockMoved() {
        mailbox.wake()
    }

    /// Asks everything that runs to end, and waits for that: what may run again is queued again,
    /// anything else is interrupted. What takes longer is found by the next start. Blocks.
    package func stop(withinSeconds seconds: Double) {
        let isStopped = Condition(false)
        mailbox.post { core in
            core.stop {
                isStopped.withLock { $0 = true }
                isStopped.broadcast()
            }
        }
        let deadline = SystemClock.monotonicNanoseconds + UInt64(max(0, seconds) * 1e9)
        _ = isStopped.wait(untilNanoseconds: deadline) { $0 ? true : nil }
        mailbox.close()
        _ = ended.wait(untilNanoseconds: deadline + 1_000_000_000) { $0 ? true : nil }
    }
}
