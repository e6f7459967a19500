package import KernelTerminal
package import KernelWire

/// All modules as a table, and what is wrong with some of them under it.
package struct ModuleListing {
    private let modules: [ModuleDescription]
    private let isSafeMode: Bool

    /// What to know of a kernel in safe mode, for this table and for the first screen.
    package static let safeMode =
        "safe mode: only the bundled modules are in service; to leave it, end the kernel "
        + "and start it without --safe-mode"

    package init(_ modules: [ModuleDescription], isSafeMode: Bool = false) {
        self.modules = modules.sorted { $0.id < $1.id }
        self.isSafeMode = isSafeMode
    }

    package func lines(columnsMax: Int) -> [StyledText] {
        let notice = isSafeMode ? [StyledText(Self.safeMode, .warning)] : []
        guard !modules.isEmpty else {
            let hint = isSafeMode ? "" : " kernel module new hello makes one."
            return notice + [StyledText("No module is in service.\(hint)")]
        }
        let columns = [
            TextTable.Column(title: "module"), TextTable.Column(title: "version"),
            TextTable.Column(title: "state"), TextTable.Column(title: "lives in"),
            TextTable.Column(title: "generation", isNumber: true),
            TextTable.Column(title: "tasks", isNumber: true),
            TextTable.Column(title: "calls", isNumber: true),
            TextTable.Column(title: "failures", isNumber: true),
            TextTable.Column(title: "source", isPath: true),
        ]
        let table = TextTable(columns, rows: modules.map(Self.row))
        let problems = modules.compactMap { module in
            module.problem.map { StyledText("\(module.id): \($0)", .warning) }
        }
        return notice + table.lines(columnsMax: columnsMax) + problems
    }

    private static func row(_ module: ModuleDescription) -> [StyledText] {
        [
            StyledText(module.id, .bold), StyledText(module.version ?? ""), state(module),
            StyledText(module.isolation ?? "", module.isolation == "process" ? .accent : .plain),
            StyledText(module.generation.map { "\($0)" } ?? ""),
            StyledText("\(module.tasks.count)"), StyledText("\(module.calls)"),
            StyledText("\(module.failures)", module.failures > 0 ? .warning : .plain),
            StyledText(ShownPath.text(module.source ?? ""), .dim),
        ]
    }

    static func state(_ module: ModuleDescription) -> StyledText {
        switch module.state {
        case "serving": StyledText(module.state, .success)
        case "failed", "quarantined": StyledText(module.state, .error)
        case "restarting": StyledText(module.state, .warning)
        default: StyledText(module.state, .dim)
        }
    }
}
