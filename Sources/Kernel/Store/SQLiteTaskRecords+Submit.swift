import KernelDatabase

extension SQLiteTaskRecords {
    func submit(_ tasks: [NewTask], _ done: @escaping Completion<[TaskRecord]>) {
        do throws(StoreError) {
            guard tasks.count <= StoreLimits.tasksPerSubmission else {
                throw StoreError(
                    .tooLarge,
                    "\(tasks.count) tasks were handed in at once; "
                        + "\(StoreLimits.tasksPerSubmission) are possible.")
            }
            for task in tasks { try Self.check(task) }
        } catch {
            return access.refuse(error, to: done)
        }
        let bytes = tasks.reduce(0) { $0 + $1.arguments.bytes.count + 256 }
        access.write(bytes: bytes, to: done) { transaction in
            let now = Moment.now
            var records: [TaskRecord] = []
            records.reserveCapacity(tasks.count)
            // A key may stand for a task of an earlier request: who names the new one means it.
            var known: [TaskID: TaskID] = [:]
            for var task in tasks {
                task.dependencies = task.dependencies.map { known[$0] ?? $0 }
                task.parent = task.parent.map { known[$0] ?? $0 }
                let record = try transaction.submit(task, at: now)
                if record.id != task.id { known[task.id] = record.id }
                records.append(record)
            }
            return records
        }
    }

    private static func check(_ task: NewTask) throws(StoreError) {
        for (what, text) in [("name", task.name), ("client", task.submitter), ("key", task.key)] {
            let count = text?.utf8.count ?? 1
            guard (1...StoreLimits.nameBytesMax).contains(count) else {
                throw StoreError(
                    .tooLarge,
                    "the \(what) of a task has 1 to \(StoreLimits.nameBytesMax) bytes; "
                        + "this one has \(count).")
            }
        }
        guard task.arguments.bytes.count <= StoreLimits.argumentBytesMax else {
            throw StoreError(
                .tooLarge,
                "the arguments of \(task.name) have \(task.arguments.bytes.count) "
                    + "bytes, more than \(StoreLimits.argumentBytesMax): put them into a file and "
                    + "pass its path.")
        }
        guard task.dependencies.count <= StoreLimits.dependenciesMax else {
            throw StoreError(
                .tooLarge,
                "\(task.name) is to wait for \(task.dependencies.count) tasks; "
                    + "\(StoreLimits.dependenciesMax) are possible.")
        }
    }
}

extension Transaction {
    func submit(_ task: NewTask, at now: Moment) throws -> TaskRecord {
        if let key = task.key, let known = try self.task(of: task.submitter, key: key) {
            return known
        }
        guard
            try first("SELECT 1 FROM task WHERE number = ?", [.integer(task.id.number)], { _ in })
                == nil
        else {
            throw StoreError(.duplicate, "there is a task \(task.id) already.")
        }
        var dependencies: [TaskDependency] = []
        for id in Set(task.dependencies).sorted() {
            dependencies.append(TaskDependency(id: id, state: try named(id, by: task).state))
        }
        if let parent = task.parent { try check(try named(parent, by: task), of: task) }
        let isReady =
            dependencies.allSatisfy { $0.state == .done } && (task.notBefore ?? now) <= now
        var record = TaskRecord(
            id: task.id, name: task.name, module: task.module, submitter: task.submitter,
            key: task.key, priority: task.priority, isIdempotent: task.isIdempotent,
            parent: task.parent, dependencies: dependencies,
            created: now, deadline: task.deadline, state: isReady ? .queued : .waiting,
            notBefore: task.notBefore, attempts: 0, attemptsMax: task.attemptsMax)
        record.timeoutSeconds = task.timeoutSeconds
        record.repeats = task.repeats
        try insert(record, task.arguments)
        return record
    }

    private func task(of submitter: String, key: String) throws -> TaskRecord? {
        try tasks(
            "SELECT \(TaskRow.columns) FROM task WHERE submitter = ? AND key = ?",
            [.text(submitter), .text(key)]
        ).first
    }

    /// Nobody would look after a child any more whose parent is over.
    private func check(_ parent: TaskRecord, of task: NewTask) throws(StoreError) {
        let why =
            if parent.state.isEnd {
                "has ended (\(parent.state.name))"
            } else if parent.cancelAsked != nil {
                "was cancelled"
            } else {
                String?.none
            }
        guard let why else { return }
        throw StoreError(
            .refused, "\(task.name) was not submitted: its parent \(parent.id) \(why).")
    }

    /// A task that another one names: it must be there.
    private func named(_ id: TaskID, by task: NewTask) throws -> TaskRecord {
        guard let record = try self.task(id) else {
            throw StoreError(
                .unknown,
                "\(task.name) was not submitted: it names task \(id), which is not "
                    + "there. Tasks of one submission are named after those that they need.")
        }
        return record
    }
}
