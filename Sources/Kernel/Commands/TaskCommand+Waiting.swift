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
        guard let task = known.taskIfKnown(request.task) else {
            complain(known.whyUnknown(request.task))
            return .notFound
        }
        let input = TaskInput(task)
        var run =
            switch request.input {
            case .json(let text): try input.run(json: text)
            case .words(let words) where input.takesText:
                input.run(text: words.joined(separator: " "))
            case .words(let words): try input.run(words: words.map { .init(argument: $0) })
            }
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
        return try kept(list, waits: submission.waits, printsJSON: request.printsOutcome)
    }

    /// The task is on the disk.
    func kept(
        _ list: TaskList, waits: Bool, printsJSON: Bool? = nil
    ) throws -> ExitStatus {
        let printsJSON = printsJSON ?? self.printsJSON
        guard let task = list.tasks.first else {
            throw WireError.badMessage("the kernel named no task")
        }
        guard !waits else { return try end(of: task.id, printsJSON: printsJSON) }
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

    private func end(of id: String, printsJSON: Bool) throws -> ExitStatus {
        let task = try waitForEnd(of: id, timeoutSeconds: nil)
        let details = try details(task.id)
        if printsJSON {
            _ = try show(json: details)
        } else {
            show(details)
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
            return try end(of: ids[0], printsJSON: printsJSON)
        }
        let start = SystemClock.monotonicNanoseconds
        var tasks: [TaskView] = []
        for id in ids {
            let gone = Double(SystemClock.monotonicNanoseconds - start) / 1e9
            let left = timeoutSeconds.map { max(0.001, $0 - gone) }
            let task = try follows ? follow(id) : waitForEnd(of: id, timeoutSeconds: left)
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

    private func waitForEnd(of id: String, timeoutSeconds: Double?) throws -> TaskView {
        if streams.errorsAreTerminal {
            let whole = try details(id).task.id
            news.withLock { $0.shown = whole }
            let _: WatchTasks = try ask(WatchTasks.method, [String: String]())
        }
        defer { hideProgress() }
        return try ask(
            TaskReference.wait, TaskReference(id: id, timeoutSeconds: timeoutSeconds))
    }

    // MARK: - Output

    /// Prints output as it comes, until the task has ended.
    func follow(_ id: String) throws -> TaskView {
        let _: WatchTasks = try ask(WatchTasks.method, [String: String]())
        var position: Int64 = 0
        var isFirst = true
        while true {
            let seen = news.withLock { $0.count }
            let page = try printOutput(of: id, from: position, isFirst: isFirst)
            isFirst = false
            position = page.next
            if TaskView.ends.contains(page.state), page.next >= page.total {
                return try details(id).task
            }
            waitForNews(after: seen)
        }
    }

    /// News may be lost where there is too much of it: now and then it is looked without any.
    private static let pollNanoseconds: UInt64 = 1_000_000_000

    private func waitForNews(after seen: Int) {
        let deadline = SystemClock.monotonicNanoseconds + Self.pollNanoseconds
        _ = news.wait(untilNanoseconds: deadline) { news in
            news.count != seen || news.isClosed ? true : nil
        }
    }

    /// Prints what is there from a position on, page after page. The answer is the last page.
    func printOutput(
        of id: String, from start: Int64, isFirst: Bool
    ) throws -> TaskOutputPage {
        var position = start
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
            streams.writeOutput(Self.bytes(piece))
        }
    }

    private static func bytes(_ piece: TaskOutputPage.Piece) -> [UInt8] {
        switch (piece.kind, piece.value) {
        case ("bytes", .string(let text)): Base64Text.decode(text) ?? []
        case ("text", .string(let text)): Array(text.utf8)
        case (_, let value): value.serialized() + [0x0A]
        }
    }
}
