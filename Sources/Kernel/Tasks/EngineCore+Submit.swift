import KernelStore

/// Taking tasks in.
extension EngineCore {
    typealias SubmitAnswer = @Sendable (Result<[TaskRecord], TaskProblem>) -> Void

    func submit(_ orders: [TaskOrder], _ done: @escaping SubmitAnswer) {
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

    /// Takes an open task into memory.
    func takeIn(_ record: TaskRecord) {
        guard entries[record.id] == nil, !record.state.isEnd else { return }
        let entry = TaskEntry(record, at: now)
        entries[record.id] = entry
        let unmet = record.dependencies.filter { $0.state != .done }
        entry.unmet = Set(unmet.map(\.id))
        graph.add(entry.id, parent: record.parent, waitsFor: entry.unmet)
        if let deadline = record.deadline { due.add(.deadline(entry.id), at: deadline) }
        switch entry.life.phase {
        case .queued: queue.add(entry.item)
        case .waiting:
            if let notBefore = entry.life.notBefore { due.add(.start(entry.id), at: notBefore) }
            for dependency in unmet { look(at: dependency, of: entry) }
            startIfReady(entry)
        case .claiming, .beginning, .running, .moving, .ended, .elsewhere: break
        }
        if let cancellation = entry.life.cancellation, entry.life.phase != .elsewhere {
            entry.life.cancellation = nil
            feed(entry, .cancel(cancellation))
        }
    }

    /// What it waits for may have ended while this was on its way.
    private func look(at dependency: TaskDependency, of entry: TaskEntry) {
        guard entries[dependency.id] == nil else { return }
        let id = entry.id
        records.task(dependency.id) { [mailbox] answer in
            mailbox.post { core in
                core.with(id) { entry in
                    switch answer {
                    case .success(let record): core.settle(entry, dependency: record)
                    case .failure:
                        core.feed(
                            entry,
                            .unfit("not run, because \(dependency.id), which it waits for, is gone")
                        )
                    }
                }
            }
        }
    }

    // MARK: - Checks

    private func check(_ orders: [TaskOrder]) throws(TaskProblem) -> [NewTask] {
        guard !isStopping else { throw TaskProblem(.busy, "the kernel is about to end") }
        guard !orders.isEmpty, orders.count <= TaskOptions.batchMax else {
            throw TaskProblem(
                .invalid,
                "1 to \(TaskOptions.batchMax) tasks can be handed in at once, "
                    + "not \(orders.count)")
        }
        guard entries.count + openSubmissions + orders.count <= options.openMax else {
            throw TaskProblem(
                .busy,
                "\(entries.count + openSubmissions) tasks are open, and no more than "
                    + "\(options.openMax) are taken: wait until some have ended, or raise "
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

    private func check(_ order: TaskOrder) throws(TaskProblem) -> NewTask {
        var task = order.task
        guard TaskOptions.priorityRange.contains(task.priority) else {
            throw TaskProblem(
                .invalid,
                "a priority goes from \(TaskOptions.priorityRange.lowerBound) to "
                    + "\(TaskOptions.priorityRange.upperBound), but this is \(task.priority)")
        }
        guard task.dependencies.count <= TaskOptions.dependenciesMax else {
            throw TaskProblem(
                .invalid,
                "a task can wait for \(TaskOptions.dependenciesMax) others at most, "
                    + "not for \(task.dependencies.count)")
        }
        if let deadline = task.deadline, deadline <= now {
            throw TaskProblem(.invalid, "the deadline of \(task.name) has passed already")
        }
        if let parent = task.parent, entries[parent]?.life.cancellation != nil {
            throw TaskProblem(.refused, "its parent \(parent) was cancelled")
        }
        switch runner.look(task.name) {
        case .unknown(let why): throw TaskProblem(.unknown, why)
        case .absent: task.isIdempotent = false
        case .ready(_, _, let isIdempotent): task.isIdempotent = isIdempotent
        }
        if let problem = runner.problem(task.name, task.arguments) {
            throw TaskProblem(.invalid, problem)
        }
        task.attemptsMax = try attempts(order, task)
        return task
    }

    private func attempts(
        _ order: TaskOrder, _ task: NewTask
    ) throws(TaskProblem) -> Int {
        guard let wanted = order.attemptsMax else {
            return task.isIdempotent ? TaskOptions.attemptsOfIdempotent : 1
        }
        guard TaskOptions.attemptsRange.contains(wanted) else {
            throw TaskProblem(
                .invalid,
                "a task has 1 to \(TaskOptions.attemptsRange.upperBound) attempts, "
                    + "not \(wanted)")
        }
        guard wanted == 1 || task.isIdempotent else {
            throw TaskProblem(
                .invalid,
                "\(task.name) does not say that it may run again (\"idempotent\" in its "
                    + "manifest), so it has one attempt, not \(wanted)")
        }
        return wanted
    }
}
