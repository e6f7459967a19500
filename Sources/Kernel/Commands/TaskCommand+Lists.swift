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
        try persist { () -> ExitStatus in
            let request = try whole(request)
            news.withLock { $0.changes = [] }
            let _: WatchTasks = try ask(WatchTasks.method, [String: String]())
            let list: TaskList = try ask(ListTasks.method, request)
            var seen: [String: TaskView] = [:]
            if printsJSON {
                for task in list.tasks.reversed() { try printLine(task) }
            } else {
                streams.print(.lines(TaskLines().table(list, columnsMax: streams.columnsMax)))
            }
            for task in list.tasks { seen[task.id] = task }
            while true {
                for task in try nextChanges() where shows(task, request) {
                    // What happened between the two requests is in the list already.
                    guard seen.updateValue(task, forKey: task.id) != task else { continue }
                    try printLine(task)
                    if task.hasEnded { seen[task.id] = nil }
                }
            }
        }
    }

    private func nextChanges() throws -> [TaskView] {
        let changes = news.wait { news -> [TaskView]? in
            guard let changes = news.changes, !changes.isEmpty else {
                return news.isClosed ? [] : nil
            }
            news.changes = []
            return changes
        }
        guard let changes, !changes.isEmpty else { throw WireClient.kernelIsGone }
        return changes
    }

    private func shows(_ task: TaskView, _ request: ListTasks) -> Bool {
        request.states.map { $0.contains(task.state) } != false
            && request.module.map { task.task.hasPrefix($0 + ".") } != false
            && request.submitter.map { $0 == task.submitter } != false
            && request.parent.map { $0 == task.parent } != false
    }

    private func printLine(_ task: TaskView) throws {
        guard !printsJSON else { return streams.print(StyledText(try JSON.encode(task).text)) }
        streams.print(TaskLines.change(task))
    }
}
