/// What is left of tasks in a store that is damaged.
package struct TaskSalvage: Sendable, Hashable {
    package var tasks: [TaskRecord] = []
    /// They are there, and cannot be read.
    package var unread: [TaskID] = []

    package init() {}
}
