import KernelBase
import KernelBuilds
package import KernelGenerations
import KernelLoader
import KernelStore
package import KernelTasks
package import KernelWire

/// Turns events into the one line that every client shows.
package enum NewsText {
    package static func news(_ event: LoaderEvent) -> KernelNews {
        switch event {
        case .serving(let new): serving(new)
        case .refused(let refused): self.refused(refused)
        case .returned(let module, let generation, let reason):
            KernelNews(
                event: "returned", module: module,
                text: "\(module): the new build was taken back, "
                    + "generation \(generation) serves again: \(reason)",
                tone: "warning")
        case .ended(let module, let reason, let consequence):
            KernelNews(
                event: "ended", module: module, text: "\(module): \(reason); it is \(consequence)",
                tone: "warning")
        case .retired(let module, let reason):
            KernelNews(
                event: "retired", module: module, text: "\(module) is out of service: \(reason)",
                tone: "info")
        case .resumed(let module, _):
            KernelNews(
                event: "resumed", module: module,
                text: "\(module) is in service again: what it needs is there", tone: "success")
        case .shadowed(let module, let source, let by):
            KernelNews(
                event: "shadowed", module: module,
                text: "\(module): \(source) is not used, because \(by) comes first", tone: "info")
        case .warning(let text):
            KernelNews(event: "warning", text: text, tone: "warning")
        case .health(let module, let problem?):
            KernelNews(
                event: "unwell", module: module, text: "\(module) is not well: \(problem)",
                tone: "warning")
        case .health(let module, nil):
            KernelNews(
                event: "well", module: module, text: "\(module) is well again", tone: "success")
        case .package(let news): package(news)
        }
    }

    /// Of a module that was to be loaded again, and with which nothing happened.
    static func nothing(_ module: String, _ slot: ModuleSlot?) -> KernelNews {
        let why = slot?.problem.map { "\(module) is not in service: \($0)" }
        return KernelNews(
            event: "unchanged", module: module,
            text: why ?? "\(module) is as it was: its file is looked at again once it is whole",
            tone: "warning")
    }

    private static func package(_ news: PackageNews) -> KernelNews {
        switch news.kind {
        case .building:
            KernelNews(event: "building", text: "\(news.package): building", tone: "info")
        case .built(let nanoseconds, let warnings):
            KernelNews(
                event: "built",
                text: "\(news.package): built in \(Amount.duration(nanoseconds: nanoseconds))",
                details: warnings.lines, tone: warnings.first.isEmpty ? "info" : "warning")
        case .failed(let nanoseconds, let problems):
            KernelNews(
                event: "build failed",
                text: "\(news.package): the build failed after "
                    + "\(Amount.duration(nanoseconds: nanoseconds)); what is in service goes on",
                details: problems.lines, tone: "error")
        }
    }

    /// One line of a narrow terminal.
    private static let columnsMax = 79

    private static func serving(_ new: LoaderEvent.Reloaded) -> KernelNews {
        let verb = new.isReload ? "reloaded" : "loaded"
        var text =
            "\(new.module) \(new.version) \(verb): generation \(new.generation) (\(new.build)) "
            + "in \(Amount.duration(nanoseconds: new.nanoseconds)); "
        text +=
            new.isSameBuild
            ? "the same build" : new.tasks.text(charactersMax: columnsMax - text.count)
        if new.callsCancelled > 0 {
            text += "; \(new.callsCancelled) calls were asked to end"
        }
        return KernelNews(event: verb, module: new.module, text: text, tone: "success")
    }

    private static func refused(_ refused: LoaderEvent.Refused) -> KernelNews {
        let name = refused.module ?? refused.source
        var text =
            "\(name): the new build was refused at the step \"\(refused.step)\": "
            + refused.reason
        if let generation = refused.stillServing {
            text += "; generation \(generation) goes on serving"
        }
        return KernelNews(event: "refused", module: refused.module, text: text, tone: "error")
    }

    // MARK: Durable tasks

    package static func news(_ report: TaskReport) -> KernelNews {
        switch report {
        case .recovered(let again, let interrupted): recovered(again, interrupted)
        case .absent(let name, let count, let why, let seconds):
            KernelNews(
                event: "task",
                text: "\(count) \(count == 1 ? "task waits" : "tasks wait") for \(name): \(why)"
                    + (seconds.map { "; what has waited for \($0) s fails" } ?? ""),
                tone: "warning")
        case .notWritten(let why):
            KernelNews(
                event: "task",
                text: "durable tasks stand still, because they cannot be written: \(why)",
                tone: "error")
        case .writtenAgain:
            KernelNews(event: "task", text: "durable tasks can be written again", tone: "success")
        case .notRead(let why):
            KernelNews(
                event: "task",
                text: "the tasks of before cannot be read, and do not run: \(why)", tone: "error")
        case .unread(let ids, let why):
            KernelNews(
                event: "task",
                text:
                    "\(TaskReport.unread(ids)) cannot be read or written, and stand still: \(why)",
                tone: "error")
        }
    }

    private static func recovered(
        _ again: [TaskRecord], _ interrupted: [TaskRecord]
    ) -> KernelNews {
        let count = Amount.count(again.count + interrupted.count, "durable task")
        return KernelNews(
            event: "task", text: "the last kernel ended while \(count) ran (/tasks shows them):",
            details: lines(again, "runs again", "run again")
                + lines(interrupted, "was interrupted", "were interrupted"),
            tone: "warning")
    }

    private static let namesMax = 5

    private static func lines(_ tasks: [TaskRecord], _ one: String, _ many: String) -> [String] {
        let shown = tasks.prefix(namesMax).map { "\($0.id) \($0.name) \(one)" }
        let more = tasks.count - shown.count
        return shown + (more > 0 ? ["\(more) more \(more == 1 ? one : many)"] : [])
    }
}
