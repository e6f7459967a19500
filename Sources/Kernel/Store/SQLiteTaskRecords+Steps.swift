import KernelBase
import KernelDatabase

extension SQLiteTaskRecords {
    func claim(
        _ claim: TaskClaim, _ durability: Durability, _ done: @escaping Completion<[ClaimedTask]>
    ) {
        access.write(durability, to: done) { transaction in
            var claimed: [ClaimedTask] = []
            for var record in try transaction.candidates(claim.choice) {
                record.state = .claimed
                record.lease = claim.lease
                record.notBefore = nil
                try transaction.update(record)
                let arguments = try transaction.arguments(of: record.id)
                claimed.append(
                    ClaimedTask(record: record, arguments: arguments ?? Payload(.bytes, [])))
            }
            return claimed
        }
    }

    func renew(_ ids: [TaskID], _ lease: TaskLease, _ done: @escaping Completion<[TaskID]>) {
        access.write(.relaxed, to: done) { transaction in
            var renewed: [TaskID] = []
            for id in ids {
                let changes = try transaction.run(
                    """
                    UPDATE task SET lease_until = ?
                    WHERE number = ? AND lease_owner = ? AND state IN (1, 2)
                    """, .integer(lease.until.milliseconds), .integer(id.number),
                    .text(lease.owner))
                if changes > 0 { renewed.append(id) }
            }
            return renewed
        }
    }

    func askToCancel(
        _ ids: [TaskID], at moment: Moment, _ done: @escaping Completion<[TaskID]>
    ) {
        access.write(to: done) { transaction in
            var open: [TaskID] = []
            for id in ids {
                let changes = try transaction.run(
                    """
                    UPDATE task SET cancel_asked = coalesce(cancel_asked, ?)
                    WHERE number = ? AND state IN (0, 1, 2, 7)
                    """, .integer(moment.milliseconds), .integer(id.number))
                if changes > 0 { open.append(id) }
            }
            return open
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
    fileprivate func candidates(_ choice: TaskClaim.Choice) throws -> [TaskRecord] {
        switch choice {
        case .these(let ids):
            var records: [TaskRecord] = []
            for id in ids {
                if let record = try task(id), record.state == .queued { records.append(record) }
            }
            return records
        case .next(let count, let modules):
            let names = modules.sorted()
            let others = names.isEmpty ? "" : " AND module NOT IN (\(Self.places(names.count)))"
            return try tasks(
                """
                SELECT \(TaskRow.columns) FROM task WHERE state = 0\(others)
                ORDER BY priority DESC, number LIMIT ?
                """, names.map { .text($0) } + [.integer(count)])
        }
    }

    private static func places(_ count: Int) -> String {
        Array(repeating: "?", count: count).joined(separator: ", ")
    }

    fileprivate func take(_ step: TaskTransition) throws -> TransitionResult {
        guard var task = try task(step.id) else { return .unknown }
        guard step.from.contains(task.state), !task.state.isEnd,
            step.owner == nil || step.owner == task.lease?.owner,
            step.attempt == nil || step.attempt == task.attempts
        else { return .refused(task) }

        if let end = step.ends { try endAttempt(of: task, end, at: step.at) }
        task.state = step.to
        if let start = step.begins { try beginAttempt(of: &task, start, at: step.at) }
        switch step.to {
        case .claimed, .running: task.notBefore = nil
        case .queued, .waiting:
            task.notBefore = step.notBefore
            task.lease = nil
        case .done, .failed, .cancelled, .interrupted:
            task.ended = step.at
            task.lease = nil
        }
        try update(task)
        guard step.to.isEnd else { return .taken(task, dependants: []) }
        task.end = try keep(step.outcome ?? Self.outcome(of: step.to), of: task.id)
        return .taken(task, dependants: try dependants(of: task.id))
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
        try run(
            """
            INSERT INTO task_attempt (task, number, owner, worker, mode, build, started)
            VALUES (?, ?, ?, ?, ?, ?, ?)
            """,
            .integer(task.id.number), .integer(task.attempts), .text(start.owner),
            .optional(start.worker.map { Int64($0) }), .integer(Int64(start.mode.rawValue)),
            .optional(start.build), .integer(moment.milliseconds))
    }

    private func endAttempt(of task: TaskRecord, _ end: AttemptEnd, at moment: Moment) throws {
        try run(
            """
            UPDATE task_attempt SET ended = ?, how = ?, message = ?
            WHERE task = ? AND number = ? AND ended IS NULL
            """, .integer(moment.milliseconds), .integer(end.how.rawValue),
            .text(StoreLimits.cut(end.message)), .integer(task.id.number),
            .integer(task.attempts))
    }

    private func keep(_ outcome: CallOutcome, of id: TaskID) throws -> TaskEnd {
        let value = StoreLimits.cut(outcome.value, to: StoreLimits.resultBytesMax)
        if !value.isEmpty {
            try run(
                "INSERT INTO task_result (task, kind, bytes) VALUES (?, ?, ?)",
                .integer(id.number), .integer(Int64(outcome.kind.rawValue)), .bytes(value))
        }
        let end = TaskEnd(
            status: outcome.status, message: StoreLimits.cut(outcome.message),
            resultBytes: outcome.value.count, isResultCut: value.count < outcome.value.count)
        try run(
            """
            UPDATE task SET status = ?, message = ?, result_bytes = ?, result_kept = ?
            WHERE number = ?
            """, .integer(Int64(end.status.rawValue)), .text(end.message),
            .integer(end.resultBytes), .integer(value.count), .integer(id.number))
        return end
    }
}
