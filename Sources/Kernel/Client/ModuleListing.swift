package import KernelTerminal
package import KernelWire

/// All modules as a table, and what is wrong with some of them under it.
package struct ModuleListing {
    private let modules: [ModuleDescription]

    package init(_ modules: [ModuleDescription]) {
        self.modules = modules.sorted { $0.id < $1.id }
    }

    package func lines(columnsMax: Int) -> [StyledText] {
        guard !modules.isEmpty else {
            return [StyledText("No module is in service. kernel module new hello makes one.")]
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
        return table.lines(columnsMax: columnsMax) + problems
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
