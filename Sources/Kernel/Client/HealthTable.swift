import KernelBase
package import KernelTerminal
package import KernelWire

/// A report on health, for a person.
package struct HealthTable {
    private let report: HealthReport

    package init(_ report: HealthReport) {
        self.report = report
    }

    package func lines(columnsMax: Int) -> [StyledText] {
        let columns = [
            TextTable.Column(title: "module"), TextTable.Column(title: "health"),
            TextTable.Column(title: "calls", isNumber: true),
            TextTable.Column(title: "faults", isNumber: true),
            TextTable.Column(title: "running", isNumber: true),
            TextTable.Column(title: "queue", isNumber: true),
            TextTable.Column(title: "tasks", isNumber: true),
            TextTable.Column(title: "restarts", isNumber: true),
            TextTable.Column(title: "median", isNumber: true),
            TextTable.Column(title: "99 %", isNumber: true),
        ]
        let table = TextTable(columns, rows: report.modules.map(Self.row))
        let problems = report.modules.compactMap { module in
            module.verdict == .off
                ? nil : module.problem.map { StyledText("\(module.id): \($0)", .warning) }
        }
        let modules =
            report.modules.isEmpty
            ? [StyledText("No module is in service.", .dim)] : table.lines(columnsMax: columnsMax)
        return kernel + troubles + modules + problems + database
    }

    private var troubles: [StyledText] {
        (report.troubles ?? []).map { StyledText($0, .error) }
    }

    private var database: [StyledText] {
        guard let problems = report.databaseProblems else { return [] }
        guard !problems.isEmpty else { return [StyledText("The database is in order.", .dim)] }
        return problems.map { StyledText("database: \($0)", .error) }
    }

    private var kernel: [StyledText] {
        let kernel = report.kernel
        let facts = [
            "process \(kernel.process)",
            "up \(Amount.duration(milliseconds: kernel.uptimeSeconds * 1_000))",
            "\(kernel.residentBytes >> 20) MiB", Amount.count(kernel.threads, "thread"),
            Amount.count(kernel.descriptors, "descriptor"),
            Amount.count(kernel.callsRunning, "call") + " running",
        ]
        var lines = [
            StyledText("kernel  ", .bold) + StyledText(facts.joined(separator: ", "), .dim)
        ]
        if kernel.callsWaiting > 0 {
            lines.append(
                StyledText(
                    "\(Amount.count(kernel.callsWaiting, "call")) waiting for a thread: "
                        + "[kernel] call_threads_max allows more", .warning))
        }
        if kernel.mainLoopMilliseconds == nil {
            lines.append(
                StyledText(
                    "The main loop does not answer: a task of mode main blocks it; "
                        + "/tasks shows which", .error))
        }
        return lines
    }

    private static func row(_ module: HealthReport.Module) -> [StyledText] {
        [
            StyledText(module.id, .bold), Self.text(module.verdict),
            StyledText(Amount.grouped(module.calls)),
            StyledText(Amount.grouped(module.faults), module.faults > 0 ? .warning : .plain),
            StyledText("\(module.running)"),
            StyledText("\(module.queue)", module.queue > 0 ? .warning : .plain),
            StyledText(module.tasksQueued.map { "\($0)" } ?? ""),
            StyledText("\(module.restarts)", module.restarts > 0 ? .warning : .plain),
            time(module.medianMilliseconds), time(module.almostAllMilliseconds),
        ]
    }

    static func text(_ verdict: HealthReport.Verdict) -> StyledText {
        switch verdict {
        case .well: StyledText("well", .success)
        case .unused: StyledText("not used yet", .dim)
        case .unwell: StyledText("unwell", .error)
        case .failing: StyledText("failing", .error)
        case .out: StyledText("out of service", .error)
        case .off: StyledText("switched off", .dim)
        }
    }

    private static func time(_ milliseconds: Double?) -> StyledText {
        StyledText(milliseconds.map { Amount.duration(milliseconds: $0) } ?? "", .dim)
    }
}
