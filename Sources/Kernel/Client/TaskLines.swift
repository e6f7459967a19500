import KernelBase
import KernelSystem
package import KernelTerminal
package import KernelWire
import ModuleJSON

/// Durable tasks in words and tables.
package struct TaskLines {
    private let now: Int64

    /// `now` is milliseconds since 1970.
    package init(now: Int64 = Int64(SystemClock.wallNanoseconds / 1_000_000)) {
        self.now = now
    }

    // MARK: - Lists

    package func table(_ list: TaskList, columnsMax: Int) -> [StyledText] {
        guard !list.tasks.isEmpty else { return [StyledText("There is no task.", .dim)] }
        let columns = [
            TextTable.Column(title: "id"), TextTable.Column(title: "task"),
            TextTable.Column(title: "state"), TextTable.Column(title: "age", isNumber: true),
            TextTable.Column(title: ""),
        ]
        let rows = list.tasks.map { task in
            [
                StyledText(task.id, .accent), StyledText(task.task), Self.state(task),
                StyledText(age(task)), StyledText(Self.remark(task), .dim),
            ]
        }
        var lines = TextTable(columns, rows: rows).lines(columnsMax: columnsMax)
        if let summary = Self.summary(list) { lines.append(StyledText(summary, .dim)) }
        return lines
    }

    /// Since its end, or since it was handed in.
    private func age(_ task: TaskView) -> String {
        Amount.age(milliseconds: now - (task.ended ?? task.created))
    }

    private static func summary(_ list: TaskList) -> String? {
        guard let counts = list.counts else { return nil }
        let total = counts.values.reduce(0, +)
        guard total > list.tasks.count else { return nil }
        let parts = TaskView.states.compactMap { state in
            counts[state].map { "\(Amount.grouped($0)) \(state)" }
        }
        return "\(Amount.grouped(total)) in all: " + parts.joined(separator: ", ")
    }

    package static func state(_ task: TaskView) -> StyledText {
        let style: Style =
            switch task.state {
            case "done": .success
            case "failed", "interrupted": .error
            case "running": .accent
            default: .dim
            }
        let isEnding = task.isCancelAsked && !task.hasEnded
        return StyledText(isEnding ? "\(task.state), ending" : task.state, style)
    }

    /// One that was in a list is somewhere else now.
    package static func change(_ task: TaskView) -> StyledText {
        let remark = remark(task)
        return StyledText("\(task.id) ", .accent) + StyledText("\(task.task) ") + state(task)
            + StyledText(remark.isEmpty ? "" : "  \(remark)", .dim)
    }

    /// Somebody wants it to end: at once, unless it runs.
    package static func cancelled(_ task: TaskView) -> StyledText {
        guard !task.hasEnded else { return end(task) }
        let words = task.state == "running" ? "is asked to end" : "is cancelled"
        return StyledText("\(task.id) ", .accent) + StyledText("\(task.task) \(words)")
    }

    /// What a list says besides: progress, what it waits for, why it failed.
    static func remark(_ task: TaskView) -> String {
        if task.hasEnded { return task.state == "done" ? "" : task.message ?? "" }
        let progress = ProgressPace.text(fraction: task.fraction, note: task.note)
        if !progress.isEmpty { return progress }
        let open = task.after.filter { $0.state != "done" }
        if !open.isEmpty { return "waits for " + open.map(\.id).joined(separator: ", ") }
        return task.attempts > 0 && task.state == "waiting"
            ? "tried \(Amount.count(task.attempts, "time")), will be tried again" : ""
    }

    // MARK: - The end

    /// `t0c3k9m2x7qa fs.search is done (1.2 s)`
    package static func end(_ task: TaskView) -> StyledText {
        let name = "\(task.id) \(task.task)"
        let message = task.message.map { ": \($0)" } ?? ""
        switch task.state {
        case "done":
            let time = duration(task).map { " (\($0))" } ?? ""
            return StyledText("\(name) is done\(time)", .success)
        case "failed": return StyledText("\(name) failed\(message)", .error)
        case "cancelled": return StyledText("\(name) was cancelled\(message)", .warning)
        case "interrupted": return StyledText("\(name) was interrupted\(message)", .error)
        default: return StyledText("\(name) is \(task.state)")
        }
    }

    /// Of the last attempt.
    private static func duration(_ task: TaskView) -> String? {
        guard let started = task.started, let ended = task.ended else { return nil }
        return Amount.duration(milliseconds: Double(max(0, ended - started)))
    }

    // MARK: - One task

    package func details(_ details: TaskDetails, columnsMax: Int) -> [StyledText] {
        let task = details.task
        var rows: [(String, StyledText)] = [
            (
                "handed in",
                StyledText(
                    "\(Amount.age(milliseconds: now - task.created)) ago by \(task.submitter)")
            )
        ]
        if let note = Self.note(task) { rows.append(("", note)) }
        if task.priority != 0 { rows.append(("priority", StyledText("\(task.priority)"))) }
        if let notBefore = task.notBefore, notBefore > now {
            rows.append(
                ("begins in", StyledText(Amount.age(milliseconds: notBefore - now))))
        }
        if let deadline = task.deadline, !task.hasEnded {
            rows.append(("deadline in", StyledText(Amount.age(milliseconds: deadline - now))))
        }
        if let origin = task.repeats { rows.append(("repeats", StyledText(origin))) }
        if let parent = task.parent { rows.append(("child of", StyledText(parent))) }
        rows += Self.related(details)
        rows += attempts(details)
        rows.append(("arguments", StyledText(Self.short(details.arguments))))
        if details.outputBytes > 0 {
            let size = Amount.count(Int(details.outputBytes), "byte")
            rows.append(("output", StyledText("\(size): task output \(task.id)")))
        }
        let title =
            StyledText("\(task.id)  \(task.task)  ", .bold) + Self.state(task)
        let columns = [TextTable.Column(title: ""), TextTable.Column(title: "")]
        let table = TextTable(
            columns, rows: rows.map { [StyledText($0.0, .dim), $0.1] }, wrapsLast: true)
        return [title] + table.lines(columnsMax: columnsMax, indent: "  ")
            + result(details, columnsMax)
    }

    private static func note(_ task: TaskView) -> StyledText? {
        let text = remark(task)
        guard !text.isEmpty else { return nil }
        return StyledText(text, task.hasEnded ? .error : .plain)
    }

    private static func related(_ details: TaskDetails) -> [(String, StyledText)] {
        func names(_ tasks: [TaskView]) -> StyledText {
            StyledText(tasks.map { "\($0.id) \($0.task) (\($0.state))" }.joined(separator: ", "))
        }
        var rows: [(String, StyledText)] = []
        if !details.task.after.isEmpty {
            let after = details.task.after.map { "\($0.id) (\($0.state ?? "deleted"))" }
            rows.append(("after", StyledText(after.joined(separator: ", "))))
        }
        if !details.children.isEmpty { rows.append(("children", names(details.children))) }
        if !details.dependants.isEmpty { rows.append(("waited for by", names(details.dependants))) }
        return rows
    }

    private func attempts(_ details: TaskDetails) -> [(String, StyledText)] {
        details.attempts.map { attempt in
            let took = (attempt.ended ?? now) - attempt.started
            let time = Amount.duration(milliseconds: Double(max(0, took)))
            let build = attempt.build.map { ", build \($0.prefix(8))" } ?? ""
            let end = attempt.end ?? "running"
            let message = attempt.message.map { ": \($0)" } ?? ""
            return (
                "attempt \(attempt.number)",
                StyledText("\(end), \(time) as \(attempt.mode)\(build)\(message)")
            )
        }
    }

    private static let shortBytesMax = 500

    private static func short(_ value: TaskDetails.Value) -> String {
        let text = value.value.string ?? value.value.text
        guard text.utf8.count > shortBytesMax else { return text }
        return String(decoding: text.utf8.prefix(shortBytesMax), as: UTF8.self) + "…"
    }

    private func result(_ details: TaskDetails, _ columnsMax: Int) -> [StyledText] {
        guard let answer = details.answer else { return [] }
        let cut =
            details.isResultCut
            ? [StyledText("the rest of the result was too long to be kept", .warning)] : []
        return OutcomeText(task: details.task.task, outcome: answer).value(columnsMax: columnsMax)
            + cut
    }
}

extension TaskDetails {
    /// The result as if it were a call's; nil if there is none.
    package var answer: CallAnswer? {
        guard let result else { return nil }
        let took = (task.ended ?? 0) - (task.started ?? 0)
        return CallAnswer(
            call: 0, status: task.status ?? "ok", kind: result.kind, value: result.value,
            message: task.message ?? "", milliseconds: Double(max(0, took)))
    }
}
