import KernelBase
package import KernelTerminal
package import KernelWire

/// Everything about one module.
package struct ModuleDetails {
    private let module: ModuleDescription

    package init(_ module: ModuleDescription) {
        self.module = module
    }

    package func lines(columnsMax: Int) -> [StyledText] {
        let head =
            StyledText(module.id, .bold) + StyledText(" \(module.version ?? "") ")
            + ModuleListing.state(module)
        var lines = [head]
        if let about = module.about { lines.append(StyledText("  \(about)")) }
        if let problem = module.problem { lines.append(StyledText("  \(problem)", .warning)) }
        let facts = TextTable(
            [TextTable.Column(title: ""), TextTable.Column(title: "")],
            rows: facts.map { [StyledText($0.0, .dim), StyledText($0.1)] })
        lines += facts.lines(columnsMax: columnsMax, indent: "  ")
        return lines + Self.tasks(module, columnsMax: columnsMax)
    }

    private var facts: [(String, String)] {
        var facts: [(String, String)] = []
        if let source = module.source {
            facts.append(
                ("source", ShownPath.text(source) + (module.origin.map { " (\($0))" } ?? "")))
        }
        if let generation = module.generation {
            let build = module.build.map { ", build \($0)" } ?? ""
            facts.append(("generation", "\(generation)\(build)"))
        }
        let abandoned = module.abandoned > 0 ? ", \(module.abandoned) abandoned" : ""
        let calls =
            "\(Amount.grouped(module.calls)), \(Amount.grouped(module.failures)) failed, "
            + "\(module.inFlight) running\(abandoned)"
        facts.append(("calls", calls))
        if let isolation { facts.append(("isolation", isolation)) }
        facts.append(("memory", memory))
        return facts
    }

    private var isolation: String? {
        guard let isolation = module.isolation else { return nil }
        let reason =
            switch module.isolationReason {
            case "origin"?: isolation == "process" ? "installed from elsewhere" : nil
            case "configuration"?: "as configured"
            case let reason: reason
            } as String?
        let place = isolation == "process" ? "in a process of its own" : "in the kernel"
        let ends =
            module.workersEnded > 0
            ? "; that ended \(Amount.count(module.workersEnded, "time"))" : ""
        return place + (reason.map { ": \($0)" } ?? "") + ends
    }

    private var memory: String {
        if module.isolation == "process" { return ownProcess }
        let mapped = module.isMapped ? "mapped" : "not mapped yet"
        let workers = module.workers > 0 ? ", \(Amount.count(module.workers, "worker"))" : ""
        let kept = Amount.count(module.keptGenerations, "generation")
        return "\(mapped)\(workers), \(kept) kept (\(Amount.grouped(module.keptBytes / 1024)) KiB)"
    }

    private var ownProcess: String {
        let workers = module.workers > 0 ? ", \(Amount.count(module.workers, "worker"))" : ""
        guard let process = module.process else { return "not started yet\(workers)" }
        let bytes = module.processBytes.map { ", \(Amount.grouped($0 / 1024)) KiB" } ?? ""
        return "process \(process)\(bytes)\(workers)"
    }

    package static func tasks(_ module: ModuleDescription, columnsMax: Int) -> [StyledText] {
        guard !module.tasks.isEmpty else { return [] }
        let columns = ["task", "mode", "risk", ""].map { TextTable.Column(title: $0) }
        let rows = module.tasks.map { task in
            [
                StyledText("\(module.id).\(task.name)", .accent), StyledText(task.mode),
                StyledText(task.risk, task.risk == "danger" ? .warning : .plain),
                StyledText(task.about),
            ]
        }
        return TextTable(columns, rows: rows, wrapsLast: true).lines(
            columnsMax: columnsMax, indent: "  ")
    }
}
