import KernelBase
import KernelDatabase

extension SQLiteTaskRecords {
    func openFamily(of id: TaskID, _ done: @escaping Completion<[TaskRecord]>) {
        access.read(to: done) { try $0.openFamily(of: id) }
    }

    func askToCancel(
        familyOf id: TaskID, at moment: Moment, _ done: @escaping Completion<[TaskRecord]>
    ) {
        access.write(to: done) { transaction in
            var family = try transaction.openFamily(of: id)
            for index in family.indices where family[index].cancelAsked == nil {
                family[index].cancelAsked = moment
                try transaction.run(
                    "UPDATE task SET cancel_asked = ? WHERE number = ?",
                    .integer(moment.milliseconds), .integer(family[index].id.number))
            }
            return family
        }
    }

    func transition(
        _ steps: [TaskTransition], _ durability: Durability,
        _ done: @escaping Completion<[TransitionResult]>
    ) {
        let bytes = steps.reduce(0) { $0 + ($1.outcome?.value.count ?? 0) + 256 }
        access.write(durability, bytes: bytes, to: done) { transaction in
            var results: [TransitionResult] = []
            for step in steps { results.append(try transaction.take(step)) }
            return results
        }
    }
}

extension Transaction {
    /// Through those that have ended too.
    fileprivate func openFamily(of id: TaskID) throws -> [TaskRecord] {
        try tasks(
            """
            WITH RECURSIVE family (member) AS (
                VALUES (?) UNION SELECT number FROM task JOIN family ON parent = member)
            SELECT \(TaskRow.columns) FROM task
            WHERE number IN (SELECT member FROM family) AND state IN (0, 2, 7) ORDER BY number
            """, [.integer(id.number)])
    }

    fileprivate func take(_ step: TaskTransition) throws -> TransitionResult {
        guard var task = try task(step.id) else { return .unknown }
        guard step.from.contains(task.state), !task.state.isEnd,
            step.owner == nil || step.owner == task.owner,
            step.attempt == nil || step.attempt == task.attempts
        else { return .refused(task) }

        if let end = step.ends { try endAttempt(of: &task, end, at: step.at) }
        task.state = step.to
        task.notBefore = step.notBefore
        task.owner = nil
        task.lease = nil
        if let start = step.begins { try beginAttempt(of: &task, start, at: step.at) }
        if step.to.isEnd {
            task.ended = step.at
            let outcome = step.outcome ?? Self.outcome(of: step.to)
            task.end = try keepResult(outcome, of: task.id)
        }
        try update(task)
        return .taken(task, arguments: step.begins == nil ? nil : try arguments(of: task.id))
    }

    private static func outcome(of state: TaskState) -> CallOutcome {
        switch state {
        case .done: CallOutcome(status: .ok, kind: .text, value: [], message: "")
        case .cancelled: .failure(.cancelled, "")
        default: .failure(.failed, "")
        }
    }

    private func beginAttempt(
        of task: inout TaskRecord, _ start: AttemptStart, at moment: Moment
    ) throws {
        task.attempts += 1
        task.started = moment
        task.build = start.build
        task.owner = start.owner
        task.lease = start.lease
        task.isIdempotent = start.isIdempotent
        try run(
            """
            INSERT INTO task_attempt (task, number, owner, mode, build, started)
            VALUES (?, ?, ?, ?, ?, ?)
            """,
            .integer(task.id.number), .integer(task.attempts), .text(start.owner),
            .integer(Int64(start.mode.rawValue)), .optional(start.build),
            .integer(moment.milliseconds))
    }

    private func endAttempt(
        of task: inout TaskRecord, _ end: AttemptEnd, at moment: Moment
    ) throws {
        if end.isFailure { task.failures += 1 }
        if let ran = end.ran { task.build = ran.build }
        try run(
            """
            UPDATE task_attempt SET ended = ?, how = ?, message = ?, mode = coalesce(?, mode),
                build = coalesce(?, build)
            WHERE task = ? AND number = ? AND ended IS NULL
            """, .integer(moment.milliseconds), .integer(end.how.rawValue),
            .text(StoreLimits.cut(end.message)),
            .optional(end.ran.map { Int64($0.mode.rawValue) }), .optional(end.ran?.build),
            .integer(task.id.number), .integer(task.attempts))
    }

    private func keepResult(_ outcome: CallOutcome, of id: TaskID) throws -> TaskEnd {
        let value = outcome.value.cut(toBytes: StoreLimits.resultBytesMax)
        if !value.isEmpty {
            try run(
                "INSERT INTO task_result (task, kind, bytes) VALUES (?, ?, ?)",
                .integer(id.number), .integer(Int64(outcome.kind.rawValue)), .bytes(value))
        }
        return TaskEnd(
            status: outcome.status, message: StoreLimits.cut(outcome.message),
            resultBytes: outcome.value.count, isResultCut: value.count < outcome.value.count)
    }
}
