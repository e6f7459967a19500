import KernelBase
import KernelClient
import KernelTerminal
import KernelWire
import ModuleJSON
import Synchronization

/// Durable tasks: handing in, looking at, and what becomes of them.
extension ReplSession {
    private static let openMax = 30
    private static let endedMax = 8

    func showTasks() {
        ask(WireMethod.listCalls) { (calls: [CallListing]) in
            self.showTasks(besides: calls.filter { $0.durableTask == nil })
            return []
        }
    }

    private func showTasks(besides calls: [CallListing]) {
        let table = CallTable(calls).lines(columnsMax: output.columnsMax)
        var open = ListTasks()
        open.states = TaskView.states.filter { !TaskView.ends.contains($0) }
        open.limit = Self.openMax
        var ended = ListTasks()
        ended.states = TaskView.ends.sorted()
        ended.limit = Self.endedMax
        ask(ListTasks.method, Self.params(open)) { (open: TaskList) in
            var all = open
            let ended: TaskList? = try? self.client.request(
                ListTasks.method, Self.params(ended))
            all.tasks += ended?.tasks ?? []
            self.tasks.withLock { $0.see(all.tasks) }
            guard !all.tasks.isEmpty else { return table }
            let tasks = TaskLines().table(all, columnsMax: self.output.columnsMax)
            return calls.isEmpty ? tasks : table + tasks
        }
    }

    /// Made of text and numbers, so it always has a form in JSON.
    private static func params(_ content: some Encodable) -> JSON {
        (try? JSON.encode(content)) ?? [:]
    }

    // MARK: - Handing in

    func submit(_ run: RunCall) {
        let params = Self.params(SubmitTasks([SubmitTasks.Order(run)]))
        ask(SubmitTasks.method, params) { (list: TaskList) in self.kept(list) }
    }

    private func kept(_ list: TaskList) -> [StyledText] {
        for task in list.tasks {
            if tasks.withLock({ $0.follow(task) }) { follow(task.id) }
        }
        guard output.isForPerson else { return list.tasks.map { StyledText($0.id) } }
        return list.tasks.map { task in
            StyledText("\(task.id) \(task.task) ", .accent)
                + StyledText("is kept, and \(task.state); its end will be said here", .dim)
        }
    }

    /// Tells of the end when it comes, without waiting for it.
    private func follow(_ id: String) {
        client.send(TaskReference.wait, Self.params(TaskReference(id: id))) { reply in
            guard case .success(let json) = reply, let task = try? json.decode(TaskView.self),
                task.hasEnded, self.tasks.withLock({ $0.end(id) })
            else { return }
            self.tasks.withLock { $0.see([task]) }
            if self.output.isForPerson, !self.isOver { self.output.aside(TaskLines.end(task)) }
        }
    }

    /// After the connection was lost: what was followed is asked for again.
    func followAgain() {
        for id in tasks.withLock({ $0.followed }) { follow(id) }
    }

    // MARK: - One task

    func perform(_ action: ReplLine.TaskAction, _ id: String) {
        let reference = Self.params(TaskReference(id: id))
        switch action {
        case .show:
            ask(TaskReference.show, reference) { (details: TaskDetails) in
                self.tasks.withLock { $0.see([details.task]) }
                return TaskLines().details(details, columnsMax: self.output.columnsMax)
            }
        case .output: showOutput(of: id)
        case .wait: wait(for: id)
        case .cancel:
            ask(TaskReference.cancel, reference) { (list: TaskList) in
                list.tasks.map { TaskLines.cancelled($0) }
            }
        case .retry: ask(TaskReference.retry, reference) { (list: TaskList) in self.kept(list) }
        }
    }

    /// With a person the next line can be typed meanwhile; a script waits.
    private func wait(for id: String) {
        guard !output.isInteractive else {
            return ask(TaskReference.show, Self.params(TaskReference(id: id))) {
                (details: TaskDetails) in
                guard !details.task.hasEnded else { return [TaskLines.end(details.task)] }
                if self.tasks.withLock({ $0.follow(details.task) }) { self.follow(details.task.id) }
                return [StyledText("The end of \(details.task.id) will be said here.", .dim)]
            }
        }
        ask(TaskReference.wait, Self.params(TaskReference(id: id))) { (task: TaskView) in
            guard task.state == "done" else {
                self.fail(TaskLines.end(task).text, Repl.failed)
                return []
            }
            let details: TaskDetails? = try? self.client.request(
                TaskReference.show, Self.params(TaskReference(id: task.id)))
            guard let answer = details?.answer else { return [] }
            let text = OutcomeText(task: task.task, outcome: answer).plain
            return text.isEmpty ? [] : [StyledText(text)]
        }
    }

    private func showOutput(of id: String) {
        var position: Int64 = 0
        var isWhole = false
        while !isWhole {
            var isFirst = position == 0
            let before = position
            ask(
                ReadTaskOutput.method, Self.params(ReadTaskOutput(id: id, from: position))
            ) { (page: TaskOutputPage) in
                defer { isFirst = false }
                position = page.next
                isWhole = page.pieces.isEmpty || page.next >= page.total
                guard !page.pieces.isEmpty || !isFirst else {
                    return [StyledText("It has put nothing out.", .dim)]
                }
                return Self.lines(page)
            }
            // A request that failed has said so.
            if position == before { return }
        }
    }

    private static func lines(_ page: TaskOutputPage) -> [StyledText] {
        var text = ""
        for piece in page.pieces {
            if let from = page.cutFrom, let end = page.cutTo, piece.offset == end {
                text += "\n[\(Amount.count(Int(end - from), "byte")) are not kept]\n"
            }
            text += WirePayload.text(piece.kind, piece.value)
        }
        return text.isEmpty
            ? [] : [StyledText(text.hasSuffix("\n") ? String(text.dropLast()) : text)]
    }
}
