import KernelBase
import KernelClient
import KernelTerminal
import KernelWire

/// The first screen: what is in service, what is missing, and one thing to try, in few lines.
struct WelcomeScreen {
    /// With the header, the model, and what to try, the screen has twelve lines at most.
    private static let moduleLinesMax = 6
    private static let noticeLinesMax = 3

    private let welcome: Welcome
    /// The kernel was running before this client came.
    private let isAttached: Bool
    /// Which one answers, or why none does.
    private let model: StyledText?

    init(_ welcome: Welcome, isAttached: Bool = false, model: StyledText? = nil) {
        self.welcome = welcome
        self.isAttached = isAttached
        self.model = model
    }

    func lines(columnsMax: Int) -> [StyledText] {
        let isDevelopment = welcome.isDevelopment ? ", development" : ""
        let attached = isAttached ? ", attached: /quit leaves it running" : ""
        let header =
            StyledText("kernel \(welcome.kernelVersion)", .bold)
            + StyledText("  process \(welcome.process)\(isDevelopment)\(attached)", .dim)
        let model = model.map { [$0.cut(to: columnsMax)] } ?? []
        return [header] + modules(columnsMax) + model + notices(columnsMax) + [suggestion]
    }

    /// What a script should know: modules that are not there, and why.
    var failures: [StyledText] {
        welcome.modules.filter { ["failed", "refused", "missing"].contains($0.state) }.map {
            module in
            StyledText("\(module.id) is not in service: \(module.problem ?? "no reason")", .warning)
        }
    }

    // MARK: - Modules

    private func modules(_ columnsMax: Int) -> [StyledText] {
        guard !welcome.modules.isEmpty else { return [StyledText("  No module is in service.")] }
        let sorted = welcome.modules.sorted { (Self.rank($0), $0.id) < (Self.rank($1), $1.id) }
        let isCut = sorted.count > Self.moduleLinesMax
        let shown = sorted.prefix(isCut ? Self.moduleLinesMax - 1 : Self.moduleLinesMax)
        var columns = Array(repeating: TextTable.Column(title: ""), count: 4)
        columns[3].isPath = true
        let table = TextTable(columns, rows: shown.map(Self.row))
        var lines = table.lines(columnsMax: columnsMax, indent: "  ")
        if isCut {
            lines.append(StyledText("  and \(sorted.count - shown.count) more: /modules", .dim))
        }
        return lines
    }

    /// What failed comes first: it must not be what is left out. A provider of models has no tasks
    /// to try, and may be.
    private static func rank(_ module: ModuleDescription) -> Int {
        guard module.state == "serving" else { return 0 }
        return module.tasks.isEmpty ? 2 : 1
    }

    private static func row(_ module: ModuleDescription) -> [StyledText] {
        let id = StyledText(module.id, .bold)
        guard module.state == "serving" else {
            let style: Style = module.state == "off" ? .dim : .error
            let problem = module.problem.map { StyledText($0, style) } ?? ""
            return [id, "", StyledText(module.state, style), problem]
        }
        let tasks = StyledText(Amount.count(module.tasks.count, "task"))
        let source = StyledText(ShownPath.text(module.source ?? ""), .dim)
        let problem = module.problem.map { StyledText($0, .warning) }
        return [id, StyledText(module.version ?? ""), tasks, problem ?? source]
    }

    // MARK: - What is missing or went wrong

    private func notices(_ columnsMax: Int) -> [StyledText] {
        var texts = (welcome.isSafeMode == true ? [ModuleListing.safeMode] : []) + welcome.notices
        if !welcome.hasConfiguration {
            let file = ShownPath.text(welcome.configurationFile)
            texts.append("missing: \(file); kernel config example prints one")
        }
        let isCut = texts.count > Self.noticeLinesMax
        var lines = texts.prefix(isCut ? Self.noticeLinesMax - 1 : Self.noticeLinesMax).map {
            StyledText("  \($0)", .warning).cut(to: columnsMax)
        }
        if isCut {
            let more = texts.count - lines.count
            lines.append(StyledText("  and \(more) more: /log, kernel config check", .warning))
        }
        return lines
    }

    private var suggestion: StyledText {
        let example = ExampleLine.any(KnownModules(welcome.modules))
        let hints = StyledText("   /help lists the commands, Tab completes, Ctrl-D leaves", .dim)
        guard let example else {
            return StyledText("Make one: ") + StyledText("kernel module new hello", .accent)
                + StyledText("   /help lists the commands, Ctrl-D leaves", .dim)
        }
        return StyledText("Try: ") + StyledText(example, .accent) + hints
    }
}
