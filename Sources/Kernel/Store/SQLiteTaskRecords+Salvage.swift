import KernelDatabase

extension SQLiteTaskRecords {
    func salvage(_ states: Set<TaskState>, _ done: @escaping Completion<TaskSalvage>) {
        let numbers = states.map(\.rawValue).sorted().map { "\($0)" }.joined(separator: ", ")
        access.read(to: done) { transaction in
            // The index alone names them: one damaged page of the table hides a few, and not all.
            let ids = try transaction.rows(
                "SELECT number FROM task INDEXED BY task_by_state WHERE state IN (\(numbers))", []
            ) { TaskID(number: $0.integer(0)) }
            var found = TaskSalvage()
            for id in ids.sorted() {
                do {
                    guard let task = try transaction.task(id) else {
                        found.unread.append(id)
                        continue
                    }
                    found.tasks.append(task)
                } catch let error as DatabaseError where error.kind == .damaged {
                    found.unread.append(id)
                }
            }
            return found
        }
    }
}
