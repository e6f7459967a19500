import KernelBase
import KernelDatabase

/// A task's row, read and written.
enum TaskRow {
    /// In the order in which `record` reads them.
    static let columns = """
        number, state, name, module, submitter, key, priority, idempotent, parent, \
        dependencies, created, deadline, not_before, attempts, failures, attempts_max, started, \
        ended, build, progress, note, owner, status, message, result_bytes, result_cut, \
        timeout_seconds, repeats, cancel_asked, lease
        """

    /// Without its dependencies; `dependencyCount` says how many there are.
    static func record(_ row: borrowing Row) -> (TaskRecord, dependencyCount: Int) {
        func moment(_ column: Int, _ row: borrowing Row) -> Moment? {
            row.optionalInteger(column).map { Moment(milliseconds: $0) }
        }
        var record = TaskRecord(
            id: TaskID(number: row.integer(0)), name: row.text(2), module: row.text(3),
            submitter: row.text(4), key: row.optionalText(5), priority: Int(row.integer(6)),
            isIdempotent: row.flag(7),
            parent: row.optionalInteger(8).map { TaskID(number: $0) }, dependencies: [],
            created: Moment(milliseconds: row.integer(10)), deadline: moment(11, row),
            state: TaskState(rawValue: row.integer(1)) ?? .failed, notBefore: moment(12, row),
            attempts: Int(row.integer(13)), attemptsMax: row.optionalInteger(15).map { Int($0) },
            started: moment(16, row), ended: moment(17, row), build: row.optionalText(18),
            progress: progress(row), owner: row.optionalText(21), end: end(row))
        record.failures = Int(row.integer(14))
        record.timeoutSeconds = row.optionalNumber(26)
        record.repeats = row.optionalInteger(27).map { TaskID(number: $0) }
        record.cancelAsked = moment(28, row)
        record.lease = moment(29, row)
        return (record, Int(row.integer(9)))
    }

    private static func progress(_ row: borrowing Row) -> TaskProgress? {
        row.optionalText(20).map { TaskProgress(fraction: row.optionalNumber(19), note: $0) }
    }

    private static func end(_ row: borrowing Row) -> TaskEnd? {
        row.optionalInteger(22).map {
            TaskEnd(
                status: CallStatus(code: Int32(clamping: $0)), message: row.text(23),
                resultBytes: Int(row.integer(24)), isResultCut: row.flag(25))
        }
    }
}

extension Transaction {
    func insert(_ task: TaskRecord, _ arguments: Payload) throws(DatabaseError) {
        try run(
            """
            INSERT INTO task (number, state, name, module, submitter, key, priority, idempotent,
                parent,
                dependencies, created, deadline, not_before, attempts_max,
                timeout_seconds, repeats)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            .integer(task.id.number), .integer(task.state.rawValue), .text(task.name),
            .text(task.module), .text(task.submitter), .optional(task.key),
            .integer(task.priority), .flag(task.isIdempotent), .optional(task.parent?.number),
            .integer(task.dependencies.count), .integer(task.created.milliseconds),
            .optional(task.deadline?.milliseconds), .optional(task.notBefore?.milliseconds),
            .optional(task.attemptsMax.map { Int64($0) }), .optional(task.timeoutSeconds),
            .optional(task.repeats?.number))
        try run(
            "INSERT INTO task_arguments (task, kind, bytes) VALUES (?, ?, ?)",
            .integer(task.id.number), .integer(Int64(arguments.kind.rawValue)),
            .bytes(arguments.bytes))
        for dependency in task.dependencies {
            try run(
                "INSERT INTO task_dependency (task, needs) VALUES (?, ?)",
                .integer(task.id.number), .integer(dependency.id.number))
        }
    }

    /// Writes what changes in a task's life.
    func update(_ task: TaskRecord) throws(DatabaseError) {
        try run(
            """
            UPDATE task SET state = ?, idempotent = ?, not_before = ?, attempts = ?, failures = ?,
                started = ?, ended = ?, build = ?, owner = ?, status = ?, message = ?,
                result_bytes = ?, result_cut = ?, lease = ? WHERE number = ?
            """,
            .integer(task.state.rawValue), .flag(task.isIdempotent),
            .optional(task.notBefore?.milliseconds), .integer(task.attempts),
            .integer(task.failures), .optional(task.started?.milliseconds),
            .optional(task.ended?.milliseconds), .optional(task.build), .optional(task.owner),
            .optional(task.end.map { Int64($0.status.rawValue) }), .optional(task.end?.message),
            .optional(task.end.map { Int64($0.resultBytes) }),
            .optional(task.end.map { Int64($0.isResultCut ? 1 : 0) }),
            .optional(task.lease?.milliseconds), .integer(task.id.number))
    }

    func task(_ id: TaskID) throws -> TaskRecord? {
        try tasks(
            "SELECT \(TaskRow.columns) FROM task WHERE number = ?", [.integer(id.number)]
        ).first
    }

    func tasks(_ text: String, _ values: [SQLValue]) throws -> [TaskRecord] {
        let found = try rows(text, values) { TaskRow.record($0) }
        var records: [TaskRecord] = []
        records.reserveCapacity(found.count)
        for (var record, dependencyCount) in found {
            if dependencyCount > 0 { record.dependencies = try dependencies(of: record.id) }
            records.append(record)
        }
        return records
    }

    private func dependencies(of id: TaskID) throws -> [TaskDependency] {
        try rows(
            """
            SELECT needs, state FROM task_dependency LEFT JOIN task ON task.number = needs
            WHERE task = ? ORDER BY needs
            """, [.integer(id.number)]
        ) { row in
            TaskDependency(
                id: TaskID(number: row.integer(0)),
                state: row.optionalInteger(1).flatMap { TaskState(rawValue: $0) })
        }
    }
}
