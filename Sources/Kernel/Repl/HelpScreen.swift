import KernelBase
import KernelClient
import KernelTerminal
import KernelWire
import ModuleJSON

/// What /help shows.
struct HelpScreen {
    private let known: KnownModules

    init(_ known: KnownModules) {
        self.known = known
    }

    func lines(_ topic: ReplLine.HelpTopic, _ columnsMax: Int) -> [StyledText] {
        switch topic {
        case .everything: everything(columnsMax)
        case .command(let name): command(name)
        case .module(let id):
            known.module(id).map { module in
                [StyledText(module.id, .bold) + StyledText("  \(module.about ?? "")")]
                    + ModuleDetails.tasks(module, columnsMax: columnsMax)
            } ?? []
        case .task(let address): known.taskIfKnown(address).map { task($0, columnsMax) } ?? []
        }
    }

    private static let two = [TextTable.Column(title: ""), TextTable.Column(title: "")]

    private func everything(_ columnsMax: Int) -> [StyledText] {
        var rows: [[StyledText]] = [
            [StyledText("<words>", .accent), "Says them to the model, which /model chooses."],
            [StyledText("<module>.<task> …", .accent), "Runs a task: fs.read path=README.md"],
        ]
        rows += ReplCommand.all.map { [StyledText($0.usage, .accent), StyledText($0.about)] }
        var lines = [StyledText("Commands", .bold)]
        lines += TextTable(Self.two, rows: rows, wrapsLast: true).lines(
            columnsMax: columnsMax, indent: "  ")
        lines.append(StyledText("Modules", .bold))
        let modules = known.modules.map { module in
            [StyledText(module.id, .accent), StyledText(module.about ?? module.state)]
        }
        lines +=
            modules.isEmpty
            ? [StyledText("  none; kernel module new hello makes one")]
            : TextTable(Self.two, rows: modules, wrapsLast: true).lines(
                columnsMax: columnsMax, indent: "  ")
        lines.append(StyledText("Keys", .bold))
        lines.append(
            StyledText(
                "  Tab completes, Ctrl-R searches the history, Alt-Enter begins another line,"))
        lines.append(StyledText("  Ctrl-C cancels what is running, Ctrl-D leaves."))
        return lines
    }

    private func command(_ name: String) -> [StyledText] {
        guard let command = ReplCommand.all.first(where: { $0.name == name }) else { return [] }
        return [StyledText(command.usage, .accent), StyledText("  \(command.about)")]
            + command.details.map { StyledText("  \($0)") }
    }

    // MARK: - A task

    private func task(_ task: KnownModules.Task, _ columnsMax: Int) -> [StyledText] {
        let listing = task.listing
        let facts =
            "  runs as \(listing.mode), risk \(listing.risk), ends after "
            + Amount.duration(milliseconds: listing.timeoutSeconds * 1_000)
        let about = TextTable(
            Self.two, rows: [[StyledText(task.address, .bold), StyledText(listing.about)]],
            wrapsLast: true)
        var lines = about.lines(columnsMax: columnsMax) + [StyledText(facts, .dim)]
        lines += arguments(listing, columnsMax)
        lines.append(
            StyledText("Example: ") + StyledText(ExampleLine.line(for: task), .accent))
        return lines
    }

    private func arguments(_ listing: TaskListing, _ columnsMax: Int) -> [StyledText] {
        if listing.accepts == "bytes" {
            return [StyledText("  Takes the rest of the line as text.")]
        }
        let schema = ArgumentSchema(listing.arguments)
        guard !schema.arguments.isEmpty else { return [StyledText("  Takes no arguments.")] }
        let columns = ["argument", "type", "default", ""].map { TextTable.Column(title: $0) }
        let rows = schema.arguments.map { argument in
            [
                StyledText(argument.name, .accent), StyledText(argument.kind),
                argument.isRequired
                    ? StyledText("required", .warning)
                    : StyledText(Self.shown(argument.fallback), .dim),
                StyledText(argument.about),
            ]
        }
        return TextTable(columns, rows: rows, wrapsLast: true).lines(
            columnsMax: columnsMax, indent: "  ")
    }

    private static func shown(_ fallback: JSON?) -> String {
        guard let fallback else { return "" }
        // An empty text would look like no default at all.
        return fallback.string.flatMap { $0.isEmpty ? nil : $0 } ?? fallback.text
    }
}
