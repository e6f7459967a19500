import KernelDatabase

/// A filter as a statement. Its text has few forms, so that it is compiled once for each.
struct TaskListQuery {
    let text: String
    let values: [SQLValue]

    init(_ filter: TaskFilter) {
        var conditions: [String] = []
        var values: [SQLValue] = []
        func add(_ condition: String, _ value: SQLValue?) {
            guard let value else { return }
            conditions.append(condition)
            values.append(value)
        }
        if !filter.states.isEmpty {
            let numbers = filter.states.map(\.rawValue).sorted().map { "\($0)" }
            conditions.append("state IN (\(numbers.joined(separator: ", ")))")
        }
        let isNewestFirst = filter.order == .newestFirst
        add("module = ?", filter.module.map { .text($0) })
        // With any of its terminals, which stand behind its name.
        add("instr(submitter || ' ', ? || ' ') = 1", filter.submitter.map { .text($0) })
        add("parent = ?", filter.parent.map { .integer($0.number) })
        add("number \(isNewestFirst ? "<" : ">") ?", filter.after.map { .integer($0.number) })
        let condition =
            conditions.isEmpty ? "" : " WHERE " + conditions.joined(separator: " AND ")
        text =
            "SELECT \(TaskRow.columns) FROM task\(condition) "
            + "ORDER BY number\(isNewestFirst ? " DESC" : "") LIMIT ?"
        values.append(.integer(min(max(filter.limit, 0), TaskFilter.limitMax)))
        self.values = values
    }
}
