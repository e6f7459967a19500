import KernelCalls
import KernelStore

/// Taking tasks in.
extension EngineCore {
    typealias SubmitAnswer = @Sendable (Result<[TaskRecord], TaskProblem>) -> Void

    func submit(_ orders: [NewTask], _ done: @escaping SubmitAnswer) {
        let tasks: [NewTask]
        do throws(TaskProblem) {
            tasks = try check(orders)
        } catch {
            return done(.failure(error))
        }
        openSubmissions += tasks.count
        records.submit(tasks) { [mailbox] answer in
            mailbox.post { $0.submitted(tasks.count, answer, done) }
        }
    }

    private func submitted(
        _ count: Int, _ answer: Result<[TaskRecord], StoreError>, _ done: SubmitAnswer
    ) {
        openSubmissions -= count
        switch answer {
        case .failure(let error): done(.failure(TaskProblem(error)))
        case .success(let records):
            // The submitter hears of its tasks before anything becomes of them.
            done(.success(records))
            for record in records where !record.state.isEnd && entries[record.id] == nil {
                tell(.changed(record))
                takeIn(record)
            }
        }
    }

    /// Takes an open task into memory. `cancellation` says why it is to end, if it is.
    func takeIn(_ record: TaskRecord, cancelling cancellation: String? = nil) {
        guard entries[record.id] == nil, !record.state.isEnd else { return }
        let entry = TaskEntry(record, at: now)
        entries[record.id] = entry
        let wish = cancellation ?? entry.life.cancellation
        if entry.life.phase == .elsewhere {
            entry.life.cancellation = wish
        } else {
            entry.life.cancellation = nil
        }
        let unmet = record.dependencies.filter { $0.state != .done }
        entry.unmet = Set(unmet.map(\.id))
        graph.add(entry.id, waitsFor: entry.unmet)
        if let deadline = record.deadline { due.add(.deadline(entry.id), at: deadline) }
        switch entry.life.phase {
        case .queued: queue.add(entry.item)
        case .waiting:
            if let notBefore = entry.life.notBefore { due.add(.start(entry.id), at: notBefore) }
            lookAtDependencies(of: entry)
            startIfReady(entry)
        case .beginning, .running, .moving, .ended, .elsewhere: break
        }
        if let wish, entry.life.phase != .elsewhere { feed(entry, .cancel(wish)) }
    }

    /// What it waits for may have ended while this was on its way.
    func lookAtDependencies(of entry: TaskEntry) {
        let id = entry.id
        for dependency in entry.unmet.sorted() where entries[dependency] == nil {
            records.task(dependency) { [mailbox] answer in
                mailbox.post { core in
                    core.with(id) { core.learn($0, about: dependency, answer) }
                }
            }
        }
    }

    private func learn(
        _ entry: TaskEntry, about dependency: TaskID, _ answer: Result<TaskRecord, StoreError>
    ) {
        switch answer {
        case .success(let record) where options.work == .submittedHere && !record.state.isEnd:
            // What is to run here waits for it, and nobody else would run it.
            takeIn(record)
            takeOver(record)
        case .success(let record): settle(entry, dependency: record)
        case .failure(let error) where error.kind == .unknown:
            feed(entry, .unfit("not run, because \(dependency), which it waits for, is gone"))
        case .failure(let error) where error.kind == .damaged:
            // As long as nobody can tell what became of it.
            leaveUnread([entry.id], error)
        case .failure:
            // Of what cannot be read just now nothing is known.
            let again = now.adding(milliseconds: Self.retryMilliseconds)
            due.add(.dependencies(entry.id), at: again)
        }
    }

    // MARK: - Checks

    private func check(_ orders: [NewTask]) throws(TaskProblem) -> [NewTask] {
        guard !isStopping else { throw TaskProblem(.busy, "the kernel is about to end") }
        guard !orders.isEmpty, orders.count <= StoreLimits.tasksPerSubmission else {
            throw TaskProblem(
                .invalid,
                "1 to \(StoreLimits.tasksPerSubmission) tasks can be handed in at once, "
                    + "not \(orders.count)")
        }
        guard entries.count + openSubmissions + orders.count <= limits.openMax else {
            throw TaskProblem(
                .busy,
                "\(entries.count + openSubmissions) tasks are open, and no more than "
                    + "\(limits.openMax) are taken: wait until some have ended, or raise "
                    + "kernel.tasks_open_max")
        }
        var tasks: [NewTask] = []
        for order in orders { tasks.append(try check(order)) }
        if let circle = TaskGraph.circle(in: tasks) {
            let path = circle.map(\.description).joined(separator: " → ")
            throw TaskProblem(.invalid, "these tasks wait for each other in a circle: \(path)")
        }
        return tasks
    }

    private func check(_ order: NewTask) throws(TaskProblem) -> NewTask {
        var task = order
        guard TaskOptions.priorityRange.contains(task.priority) else {
            throw TaskProblem(
                .invalid,
                "a priority goes from \(TaskOptions.priorityRange.lowerBound) to "
                    + "\(TaskOptions.priorityRange.upperBound), but this is \(task.priority)")
        }
        guard task.dependencies.count <= StoreLimits.dependenciesMax else {
            throw TaskProblem(
                .invalid,
                "a task can wait for \(StoreLimits.dependenciesMax) others at most, "
                    + "not for \(task.dependencies.count)")
        }
        if let deadline = task.deadline, deadline <= now {
            throw TaskProblem(.invalid, "the deadline of \(task.name) has passed already")
        }
        if let parent = task.parent, entries[parent]?.life.cancellation != nil {
            throw TaskProblem(.refused, "its parent \(parent) was cancelled")
        }
        var isIdempotent: Bool?
        switch runner.look(task.name) {
        case .unknown(let why): throw TaskProblem(.unknown, why)
        case .absent: break
        case .ready(_, _, let answer): isIdempotent = answer
        }
        // Who is not there cannot be asked before the first attempt.
        task.isIdempotent = isIdempotent ?? false
        try check(attemptsMax: task.attemptsMax, of: task.name, isIdempotent ?? true)
        return task
    }

    private func check(
        attemptsMax: Int?, of name: String, _ isIdempotent: Bool
    ) throws(TaskProblem) {
        guard let attemptsMax else { return }
        guard TaskOptions.attemptsRange.contains(attemptsMax) else {
            throw TaskProblem(
                .invalid,
                "a task has 1 to \(TaskOptions.attemptsRange.upperBound) attempts, "
                    + "not \(attemptsMax)")
        }
        guard attemptsMax == 1 || isIdempotent else {
            throw TaskProblem(
                .invalid,
                "\(name) does not say that it may run again (\"idempotent\" in its "
                    + "manifest), so it has one attempt, not \(attemptsMax)")
        }
    }
}
