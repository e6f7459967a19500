import KernelBase
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
        let problems = modules.compactMap { module in
            module.state == "off"
                ? nil : module.problem.map { StyledText("\(module.id): \($0)", .warning) }
        }
        return notice + table(columnsMax).map { $0.cut(to: columnsMax) } + problems
    }

    private static let columns = [
        TextTable.Column(title: "module"), TextTable.Column(title: "state"),
        TextTable.Column(title: "health"), TextTable.Column(title: "home"),
        TextTable.Column(title: "generation", isNumber: true),
        TextTable.Column(title: "calls", isNumber: true),
        TextTable.Column(title: "failed", isNumber: true),
        TextTable.Column(title: "memory", isNumber: true),
        TextTable.Column(title: "source", isPath: true),
    ]

    /// Where the screen has no room for them, the sources are left to the view of one module.
    private func table(_ columnsMax: Int) -> [StyledText] {
        let rows = modules.map(Self.row)
        let facts = TextTable(Self.columns.dropLast(), rows: rows.map { $0.dropLast() })
        guard facts.width + Self.sourceWidthMin <= columnsMax else {
            return facts.lines(columnsMax: columnsMax)
        }
        return TextTable(Self.columns, rows: rows).lines(columnsMax: columnsMax)
    }

    private static let sourceWidthMin = 10

    private static func row(_ module: ModuleDescription) -> [StyledText] {
        [
            StyledText(module.id, .bold), state(module), health(module),
            StyledText(module.isolation ?? "", module.isolation == "process" ? .accent : .plain),
            StyledText(module.generation.map { "\($0)" } ?? ""),
            StyledText("\(module.calls)"),
            StyledText("\(module.failures)", module.failures > 0 ? .warning : .plain),
            StyledText(module.memoryBytes.map { Amount.memory(bytes: $0) } ?? ""),
            StyledText(ShownPath.text(module.source ?? ""), .dim),
        ]
    }

    private static func health(_ module: ModuleDescription) -> StyledText {
        switch module.health {
        // The state says it.
        case .off?, .out?, nil: ""
        case .unused?: StyledText("unused", .dim)
        case let verdict?: HealthTable.text(verdict)
        }
    }

    static func state(_ module: ModuleDescription) -> StyledText {
        switch module.state {
        case "serving": StyledText(module.state, .success)
        case "failed", "quarantined", "refused", "missing": StyledText(module.state, .error)
        case "restarting": StyledText(module.state, .warning)
        default: StyledText(module.state, .dim)
        }
    }
}
