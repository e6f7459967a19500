package import KernelStore

/// Which tasks wait for which, among those that are open.
package struct TaskGraph: Sendable {
    private var dependants: [TaskID: Set<TaskID>] = [:]

    package init() {}

    package mutating func add(_ id: TaskID, waitsFor others: some Sequence<TaskID>) {
        for other in others { dependants[other, default: []].insert(id) }
    }

    /// The task has ended: those that waited for it, in the order of their ids.
    package mutating func remove(_ id: TaskID) -> [TaskID] {
        (dependants.removeValue(forKey: id) ?? []).sorted()
    }

    /// A circle among tasks that are handed in together, as a path that ends where it begins. Tasks
    /// that are there already cannot wait for new ones.
    package static func circle(in tasks: [NewTask]) -> [TaskID]? {
        let edges = Dictionary(
            tasks.map { ($0.id, $0.dependencies) }, uniquingKeysWith: { first, _ in first })
        var finished: Set<TaskID> = []
        for task in tasks {
            var path: [(id: TaskID, next: Int)] = [(task.id, 0)]
            var onPath: Set<TaskID> = [task.id]
            guard !finished.contains(task.id) else { continue }
            while let (id, next) = path.last {
                let others = edges[id] ?? []
                guard next < others.count else {
                    finished.insert(id)
                    onPath.remove(id)
                    path.removeLast()
                    continue
                }
                path[path.count - 1].next += 1
                let other = others[next]
                if onPath.contains(other) {
                    return path.map(\.id).drop { $0 != other } + [other]
                }
                guard edges[other] != nil, !finished.contains(other) else { continue }
                onPath.insert(other)
                path.append((other, 0))
            }
        }
        return nil
    }
}
