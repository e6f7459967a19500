import KernelBase
import KernelDatabase

/// Durable tasks in SQLite.
struct SQLiteTaskRecords: TaskRecords {
    let access: StoreAccess

    init(_ access: StoreAccess) {
        self.access = access
    }

    func task(_ id: TaskID, _ done: @escaping Completion<TaskRecord>) {
        access.read(to: done) { try $0.existing(id) }
    }

    func task(matching text: String, _ done: @escaping Completion<TaskRecord>) {
        access.read(to: done) { transaction in
            guard let range = TaskID.range(ofPrefix: text) else {
                throw StoreError(
                    .unknown, "“\(text.cut(toBytes: 64))” is no task: \(Self.looks)")
            }
            let found = try transaction.tasks(
                """
                SELECT \(TaskRow.columns) FROM task WHERE number BETWEEN ? AND ?
                ORDER BY number DESC LIMIT 2
                """, [.integer(range.lowerBound.number), .integer(range.upperBound.number)])
            guard let first = found.first else {
                throw StoreError(.unknown, "there is no task \(text): `kernel task list` has all.")
            }
            guard found.count == 1 else {
                throw StoreError(
                    .ambiguous,
                    "several tasks begin with \(text), \(found[1].id) and \(first.id) among "
                        + "them: give more of the name.")
            }
            return first
        }
    }

    private static let looks = "a task is named t and eleven letters or digits, as t0c3k9m2x7qa."

    func list(_ filter: TaskFilter, _ done: @escaping Completion<[TaskRecord]>) {
        let query = TaskListQuery(filter)
        access.read(to: done) { try $0.tasks(query.text, query.values) }
    }

    func counts(_ done: @escaping Completion<[TaskState: Int]>) {
        access.read(to: done) { transaction in
            var counts: [TaskState: Int] = [:]
            try transaction.each("SELECT state, count(*) FROM task GROUP BY state") { row in
                if let state = TaskState(rawValue: row.integer(0)) {
                    counts[state] = Int(row.integer(1))
                }
                return true
            }
            return counts
        }
    }

    func arguments(of id: TaskID, _ done: @escaping Completion<Payload>) {
        access.read(to: done) { transaction in
            guard let arguments = try transaction.arguments(of: id) else {
                throw StoreError.unknownTask(id)
            }
            return arguments
        }
    }

    func result(of id: TaskID, _ done: @escaping Completion<Payload?>) {
        access.read(to: done) { transaction in
            _ = try transaction.existing(id)
            return try transaction.first(
                "SELECT kind, bytes FROM task_result WHERE task = ?", [.integer(id.number)]
            ) { $0.payload(0) }
        }
    }

    func attempts(of id: TaskID, _ done: @escaping Completion<[TaskAttempt]>) {
        access.read(to: done) { transaction in
            _ = try transaction.existing(id)
            return try transaction.rows(
                """
                SELECT number, owner, mode, build, started, ended, how, message
                FROM task_attempt WHERE task = ? ORDER BY number
                """, [.integer(id.number)]
            ) { $0.attempt(of: id) }
        }
    }

    func dependants(of id: TaskID, _ done: @escaping Completion<[TaskRecord]>) {
        access.read(to: done) { transaction in
            try transaction.tasks(
                """
                SELECT \(TaskRow.columns) FROM task
                WHERE number IN (SELECT task FROM task_dependency WHERE needs = ?) AND state = 7
                ORDER BY number
                """, [.integer(id.number)])
        }
    }

    func setProgress(
        _ progress: TaskProgress, of id: TaskID, _ done: @escaping Completion<Void>
    ) {
        access.write(.relaxed, to: done) { transaction in
            // News of a task that has ended meanwhile are no news.
            try transaction.run(
                "UPDATE task SET progress = ?, note = ? WHERE number = ? AND state = 2",
                .optional(progress.fraction), .text(StoreLimits.cut(progress.note)),
                .integer(id.number))
        }
    }
}

extension StoreError {
    static func unknownTask(_ id: TaskID) -> StoreError {
        StoreError(.unknown, "there is no task \(id). It may have been deleted because of its age.")
    }
}

extension Transaction {
    func existing(_ id: TaskID) throws -> TaskRecord {
        guard let task = try task(id) else { throw StoreError.unknownTask(id) }
        return task
    }

    func arguments(of id: TaskID) throws -> Payload? {
        try first(
            "SELECT kind, bytes FROM task_arguments WHERE task = ?", [.integer(id.number)]
        ) { $0.payload(0) }
    }
}

extension Row {
    /// A kind, and the bytes in the next column.
    func payload(_ column: Int) -> Payload {
        Payload(
            PayloadKind(rawValue: UInt32(clamping: integer(column))) ?? .bytes, bytes(column + 1))
    }

    func attempt(of id: TaskID) -> TaskAttempt {
        let end = optionalInteger(6).flatMap { AttemptEnd.How(rawValue: $0) }
        return TaskAttempt(
            task: id, number: Int(integer(0)),
            start: AttemptStart(
                owner: text(1), mode: RunMode(rawValue: UInt32(clamping: integer(2))) ?? .thread,
                build: optionalText(3)),
            started: Moment(milliseconds: integer(4)),
            ended: optionalInteger(5).map { Moment(milliseconds: $0) },
            end: end.map { AttemptEnd($0, text(7)) })
    }
}
