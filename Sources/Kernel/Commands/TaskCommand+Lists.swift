import KernelClient
import KernelSystem
import KernelTerminal
import KernelWire
import ModuleJSON

/// Lists, and what becomes of what they show.
extension TaskCommand {
    func showList(_ request: ListTasks) throws -> ExitStatus {
        let list: TaskList = try ask(ListTasks.method, try whole(request))
        if printsJSON { return try show(json: list) }
        streams.print(.lines(TaskLines().table(list, columnsMax: streams.columnsMax)))
        return .ok
    }

    /// Ids may be given by their beginnings.
    private func whole(_ request: ListTasks) throws -> ListTasks {
        var request = request
        request.parent = try request.parent.map { try details($0).task.id }
        request.after = try request.after.map { try details($0).task.id }
        return request
    }

    /// Until somebody interrupts it.
    func followList(_ request: ListTasks) throws -> ExitStatus {
        // As each was when it was printed last; nil before the list itself is.
        var seen: [String: TaskView]?
        return try persist { () -> ExitStatus in
            let request = try whole(request)
            news.withLock { news in
                news.changes = []
                news.changesMax = .max
            }
            let _: WatchTasks = try ask(WatchTasks.method, [String: String]())
            let list: TaskList = try ask(ListTasks.method, request)
            news.withLock { $0.changesMax = Self.changesMax }
            if seen == nil, !printsJSON {
                streams.print(.lines(TaskLines().table(list, columnsMax: streams.columnsMax)))
                seen = Dictionary(uniqueKeysWithValues: list.tasks.map { ($0.id, $0) })
            }
            // With a kernel that came after the one before, what is different from then.
            for task in list.tasks.reversed() { try printNew(task, &seen) }
            while true {
                for task in try nextChanges()
                where seen?[task.id] != nil || shows(task, request) {
                    try printNew(task, &seen)
                }
            }
        }
    }

    /// That wait to be printed.
    private static let changesMax = 1_000

    /// What is known of it already is not told again.
    private func printNew(_ task: TaskView, _ seen: inout [String: TaskView]?) throws {
        guard (seen ?? [:])[task.id] != task else { return }
        if let known = seen, known.count >= Self.seenMax {
            seen = known.filter { !$0.value.hasEnded }
        }
        seen = seen ?? [:]
        seen?[task.id] = task
        try printLine(task)
    }

    private static let seenMax = 10_000

    private func nextChanges() throws -> [TaskView] {
        let changes = news.wait { news -> [TaskView]? in
            guard let changes = news.changes, !changes.isEmpty else {
                return news.isClosed ? [] : nil
            }
            news.changes = []
            return changes
        }
        news.broadcast()
        guard let changes, !changes.isEmpty else { throw WireClient.kernelIsGone }
        return changes
    }

    private func shows(_ task: TaskView, _ request: ListTasks) -> Bool {
        request.states.map { $0.contains(task.state) } != false
            && request.module.map { task.task.hasPrefix($0 + ".") } != false
            && request.submitter.map { (task.submitter + " ").hasPrefix($0 + " ") } != false
            && request.parent.map { $0 == task.parent } != false
    }

    private func printLine(_ task: TaskView) throws {
        guard !printsJSON else { return streams.print(StyledText(try JSON.encode(task).text)) }
        streams.print(TaskLines.change(task))
    }
}
