import KernelBase
import KernelClient
import KernelSystem
import KernelTerminal
import KernelWire
import ModuleJSON

/// Handing in, waiting, following.
extension TaskCommand {
    func submit(
        _ submission: TaskRequest.Submission, _ known: KnownModules
    ) throws -> ExitStatus {
        let request = submission.run
        let task: KnownModules.Task
        if let known = known.taskIfKnown(request.task) {
            task = known
        } else if known.isOutOfService(request.task) {
            // It is kept, and waits for its module, which will say what it thinks of the arguments.
            complain("\(known.whyUnknown(request.task)); the task waits for it")
            task = KnownModules.Task(unseen: request.task)
        } else {
            complain(known.whyUnknown(request.task))
            return .notFound
        }
        var run = try TaskInput(task).run(request.input)
        run.timeoutSeconds = request.timeoutSeconds
        var order = SubmitTasks.Order(run)
        order.priority = submission.priority
        order.attempts = submission.attempts
        order.delaySeconds = submission.delaySeconds
        order.deadlineSeconds = submission.deadlineSeconds
        order.key = submission.key
        order.parent = try submission.parent.map { try details($0).task.id }
        if !submission.after.isEmpty {
            order.after = try submission.after.map { try details($0).task.id }
        }
        let list: TaskList = try ask(SubmitTasks.method, SubmitTasks([order]))
        return try kept(list, waits: submission.waits)
    }

    /// The task is on the disk.
    func kept(_ list: TaskList, waits: Bool) throws -> ExitStatus {
        guard let task = list.tasks.first else {
            throw WireError.badMessage("the kernel named no task")
        }
        guard !waits else { return try end(of: task.id) }
        if printsJSON { return try show(json: task) }
        streams.print(StyledText(task.id))
        if isAlone, !task.hasEnded {
            streams.printError(
                StyledText(
                    "No kernel is running: the task is kept, and runs when one does (kernel serve)."
                ))
        }
        return .ok
    }

    private func end(of id: String) throws -> ExitStatus {
        let task = try waitForEnd(of: id, until: nil)
        let all = try persist { try details(task.id) }
        if printsJSON {
            _ = try show(json: all)
        } else {
            show(all)
        }
        return ExitStatus(task)
    }

    /// The value alone, as `kernel run` prints it, or why there is none.
    private func show(_ details: TaskDetails) {
        guard details.task.state == "done" else {
            return streams.printError(TaskLines.end(details.task))
        }
        guard let answer = details.answer else { return }
        let text = OutcomeText(task: details.task.task, outcome: answer)
        if answer.kind == "bytes", !streams.outputIsTerminal { return streams.write(text.bytes) }
        if !text.plain.isEmpty { streams.printValue(text.plain) }
    }

    // MARK: - Waiting

    func wait(
        _ ids: [String], timeoutSeconds: Double?, follows: Bool
    ) throws -> ExitStatus {
        if ids.count == 1, !follows, timeoutSeconds == nil {
            return try end(of: ids[0])
        }
        let deadline = timeoutSeconds.map {
            SystemClock.monotonicNanoseconds + SystemClock.nanoseconds(ofSeconds: $0)
        }
        var tasks: [TaskView] = []
        for id in ids {
            let task =
                try follows ? follow(id, until: deadline) : waitForEnd(of: id, until: deadline)
            tasks.append(task)
            if !printsJSON { streams.print(TaskLines.end(task)) }
        }
        if printsJSON { _ = try show(json: TaskList(tasks)) }
        guard tasks.allSatisfy(\.hasEnded) else {
            complain("the time is over, and not all have ended")
            return .deadline
        }
        return tasks.map { ExitStatus($0) }.first { $0 != .ok } ?? .ok
    }

    private func waitForEnd(of id: String, until deadline: UInt64?) throws -> TaskView {
        defer { hideProgress() }
        return try persist { () -> TaskView in
            if streams.errorsAreTerminal {
                let whole = try details(id).task.id
                news.withLock { $0.shown = whole }
                let _: WatchTasks = try ask(WatchTasks.method, [String: String]())
            }
            let now = SystemClock.monotonicNanoseconds
            let left = deadline.map { max(0.001, Double(max($0, now) - now) / 1e9) }
            return try ask(TaskReference.wait, TaskReference(id: id, timeoutSeconds: left))
        }
    }

    // MARK: - Output

    /// Prints output as it comes, until the task has ended or the time is over.
    func follow(_ id: String, until deadline: UInt64? = nil) throws -> TaskView {
        var position: Int64 = 0
        var isFirst = true
        return try persist { () -> TaskView in
            let _: WatchTasks = try ask(WatchTasks.method, [String: String]())
            while true {
                let seen = news.withLock { $0.count }
                let page = try printOutput(of: id, from: &position, isFirst: isFirst)
                isFirst = false
                let isOver = deadline.map { SystemClock.monotonicNanoseconds >= $0 } ?? false
                if isOver || TaskView.ends.contains(page.state) && page.next >= page.total {
                    return try details(id).task
                }
                waitForNews(after: seen, until: deadline)
            }
        }
    }

    /// News may be lost where there is too much of it: now and then it is looked without any.
    private static let pollNanoseconds: UInt64 = 1_000_000_000

    private func waitForNews(after seen: Int, until deadline: UInt64?) {
        let poll = SystemClock.monotonicNanoseconds + Self.pollNanoseconds
        _ = news.wait(untilNanoseconds: min(poll, deadline ?? poll)) { news in
            news.count != seen || news.isClosed ? true : nil
        }
    }

    /// Prints what is there from a position on, page after page, and moves that on. The answer is
    /// the last page.
    func printOutput(
        of id: String, from position: inout Int64, isFirst: Bool
    ) throws -> TaskOutputPage {
        let start = position
        while true {
            let page: TaskOutputPage = try ask(
                ReadTaskOutput.method, ReadTaskOutput(id: id, from: position))
            if printsJSON {
                if !page.pieces.isEmpty || isFirst && position == start {
                    streams.print(StyledText(try JSON.encode(page).text))
                }
            } else {
                write(page)
            }
            position = page.next
            if page.pieces.isEmpty || page.next >= page.total { return page }
        }
    }

    private func write(_ page: TaskOutputPage) {
        for piece in page.pieces {
            if let from = page.cutFrom, let end = page.cutTo, piece.offset == end {
                let count = Amount.count(Int(end - from), "byte")
                streams.printError(StyledText("[\(count) are not kept]", .warning))
            }
            streams.writeOutput(WirePayload.bytes(piece.kind, piece.value))
        }
    }
}
