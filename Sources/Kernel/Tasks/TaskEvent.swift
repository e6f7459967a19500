package import KernelStore

/// Something that happened to a durable task, numbered in the order in which it did.
package struct TaskEvent: Sendable {
    package var sequence: UInt64
    package var kind: Kind

    package enum Kind: Sendable {
        /// It is somewhere else in its life, as committed.
        case changed(TaskRecord)
        case progressed(TaskRecord, TaskProgress)
        case printed(TaskRecord, [Payload])
    }

    package var record: TaskRecord {
        switch kind {
        case .changed(let record), .progressed(let record, _), .printed(let record, _): record
        }
    }
}

/// What an engine has to say to everybody.
package enum TaskReport: Sendable, Hashable {
    /// A kernel died while these ran.
    case recovered(again: [TaskRecord], interrupted: [TaskRecord])
    /// So many tasks of one name wait for their module, and for how long they will; nil: for as
    /// long as it takes.
    case absent(name: String, count: Int, why: String, seconds: Int?)
    /// Nothing can be written; it is tried again.
    case notWritten(String)
    case writtenAgain
    /// What was open before this kernel cannot be read, and does not run.
    case notRead(String)
    /// These are open, and stand still: the store is damaged where they are.
    case unread([TaskID], String)

    private static let namesMax = 3

    /// "2 tasks (t…, t…)"
    package static func unread(_ ids: some Collection<TaskID>) -> String {
        let more = ids.count > namesMax ? " and \(ids.count - namesMax) more" : ""
        let names = ids.sorted().prefix(namesMax).map(\.description).joined(separator: ", ")
        return "\(ids.count) open \(ids.count == 1 ? "task" : "tasks") (\(names)\(more))"
    }
}
