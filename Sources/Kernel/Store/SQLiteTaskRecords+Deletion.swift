import KernelDatabase

extension SQLiteTaskRecords {
    private static let deletedAtOnce = 200

    func deleteEnded(
        before moment: Moment, keeping: Int, _ done: @escaping Completion<Int>
    ) {
        // Looking for them takes long where there are many, so that a reader does it.
        let access = access
        let delete: Completion<[TaskID]> = { found in
            switch found {
            case .failure(let error): done(.failure(error))
            case .success([]): done(.success(0))
            case .success(let ids):
                access.write(to: done) { transaction in
                    var count = 0
                    for id in ids { count += try transaction.deleteIfFree(id) }
                    return count
                }
            }
        }
        access.read(to: delete) { transaction in
            // Ids tell when a task was handed in, which may be long before it ended.
            let newestGone = try transaction.first(
                """
                SELECT ended, number FROM task WHERE state IN (3, 4, 5, 6)
                ORDER BY ended DESC, number DESC LIMIT 1 OFFSET ?
                """, [.integer(max(keeping, 0))]
            ) { ($0.integer(0), $0.integer(1)) }
            let (ended, number) = newestGone ?? (.min, .min)
            return try transaction.rows(
                """
                SELECT number FROM task WHERE state IN (3, 4, 5, 6)
                    AND (ended < ? OR (ended, number) <= (?, ?)) AND \(Self.isFree)
                ORDER BY ended, number LIMIT ?
                """,
                [
                    .integer(moment.milliseconds), .integer(ended), .integer(number),
                    .integer(Self.deletedAtOnce),
                ]
            ) { TaskID(number: $0.integer(0)) }
        }
    }

    /// No task that has not ended needs it or came out of it.
    fileprivate static let isFree = """
        NOT EXISTS (SELECT 1 FROM task_dependency JOIN task AS other ON other.number = task
            WHERE needs = task.number AND other.state IN (0, 2, 7))
        AND NOT EXISTS (SELECT 1 FROM task AS child
            WHERE child.parent = task.number AND child.state IN (0, 2, 7))
        """
}

extension Transaction {
    /// What belongs to the task goes with it: the tables say so. Its children become those of its
    /// own parent, so that families stay together.
    fileprivate func deleteIfFree(_ id: TaskID) throws -> Int {
        let parent = try first(
            "SELECT parent FROM task WHERE number = ?", [.integer(id.number)]
        ) { $0.optionalInteger(0) }
        let count = try run(
            "DELETE FROM task WHERE number = ? AND state IN (3, 4, 5, 6) "
                + "AND \(SQLiteTaskRecords.isFree)", .integer(id.number))
        guard count > 0 else { return 0 }
        try run(
            "UPDATE task SET parent = ? WHERE parent = ?", .optional(parent ?? nil),
            .integer(id.number))
        return count
    }
}
