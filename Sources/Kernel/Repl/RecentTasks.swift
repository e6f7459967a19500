import KernelWire

/// The durable tasks that this client has seen lately, the newest first: a value without I/O.
struct RecentTasks: Sendable {
    private(set) var tasks: [TaskView] = []
    /// Handed in here and not ended yet, as far as is known.
    private(set) var followed: [String] = []

    private static let tasksMax = 100
    private static let followedMax = 1_000

    mutating func see(_ seen: [TaskView]) {
        let ids = Set(seen.map(\.id))
        tasks = (seen + tasks.filter { !ids.contains($0.id) })
            .sorted { $0.id > $1.id }
            .prefix(Self.tasksMax).map(\.self)
    }

    /// False if there are too many.
    mutating func follow(_ task: TaskView) -> Bool {
        see([task])
        guard !task.hasEnded, followed.count < Self.followedMax,
            !followed.contains(task.id)
        else { return false }
        followed.append(task.id)
        return true
    }

    /// False if nobody follows it any more.
    mutating func end(_ id: String) -> Bool {
        guard let index = followed.firstIndex(of: id) else { return false }
        followed.remove(at: index)
        return true
    }
}
