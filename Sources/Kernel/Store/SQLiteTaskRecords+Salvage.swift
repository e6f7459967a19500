import KernelDatabase

extension SQLiteTaskRecords {
    func salvage(_ states: Set<TaskState>, _ done: @escaping Completion<TaskSalvage>) {
        let numbers = states.map(\.rawValue).sorted().map { "\($0)" }.joined(separator: ", ")
        access.onReader(to: done) { readers in
            // The index alone names them: one damaged page of the table hides a few, and not all.
            let ids = try readers.read { transaction in
                try transaction.rows(
                    "SELECT number FROM task INDEXED BY task_by_state WHERE state IN (\(numbers))",
                    []
                ) { TaskID(number: $0.integer(0)) }
            }
            var found = TaskSalvage()
            for id in ids.sorted() {
                do {
                    // A transaction that has met damage gives nothing more.
                    if let task = try readers.read({ try $0.task(id) }) {
                        found.tasks.append(task)
                    } else {
                        found.unread.append(id)
                    }
                } catch let error as DatabaseError where error.kind == .damaged {
                    found.unread.append(id)
                }
            }
            return found
        }
    }
}
