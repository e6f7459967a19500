import KernelBase
package import KernelTerminal
package import KernelWire
import ModuleJSON

/// The models that can be asked, one under the other.
package struct ModelTable {
    private let overview: ModelOverview
    private let filter: String?

    /// More than a screen is no help: a part of a name shortens the list.
    private static let rowsMax = 40

    package init(_ overview: ModelOverview, filter: String? = nil) {
        self.overview = overview
        self.filter = filter
    }

    /// Those whose name has the filter in it, whatever its case.
    package var models: [ModelView] {
        guard let filter = filter?.lowercased() else { return overview.models }
        return overview.models.filter { model in
            [model.name, model.provider + "/" + model.model, model.title ?? ""].contains {
                $0.lowercased().contains(filter)
            }
        }
    }

    package func lines(columnsMax: Int, isShort: Bool = false) -> [StyledText] {
        let models = models
        let shown = isShort ? models.prefix(Self.rowsMax) : models[...]
        var columns = ["", "model", "window", "price", "takes", ""].map {
            TextTable.Column(title: $0)
        }
        columns[2] = TextTable.Column(title: "window", isNumber: true)
        var lines: [StyledText] = []
        if shown.isEmpty {
            lines.append(StyledText(nothing, .dim))
        } else {
            lines += TextTable(columns, rows: shown.map(Self.row)).lines(columnsMax: columnsMax)
        }
        if shown.count < models.count {
            lines.append(
                StyledText(
                    "and \(models.count - shown.count) more: a part of a name shortens the list",
                    .dim))
        }
        return lines + problems + leftOut
    }

    private var nothing: String {
        guard let filter else { return "No models are known." }
        return "No model has \"\(filter)\" in its name."
    }

    private var problems: [StyledText] {
        overview.providers.compactMap { provider in
            provider.problem.map { StyledText("\(provider.name): \($0)", .warning) }
        }
    }

    private var leftOut: [StyledText] {
        guard filter == nil else { return [] }
        return overview.providers.compactMap { provider in
            provider.leftOut.map {
                StyledText("\(provider.name) also lists, not shown: \($0)", .dim)
            }
        }
    }

    private static func row(_ model: ModelView) -> [StyledText] {
        let mark = model.isCurrent ? "*" : ""
        var notes: [String] = []
        if model.isStandard { notes.append("default") }
        if let state = ModelLines.state(model) { notes.append(state) }
        if model.isLocal { notes.append("on this machine") }
        let own = model.provider + "/" + model.model
        if model.name != own {
            notes.append(own)
        } else if let title = model.title {
            notes.append(title)
        }
        return [
            StyledText(mark, .success), StyledText(model.name, .accent),
            StyledText(model.windowTokens.map { ModelLines.tokens($0) } ?? ""),
            StyledText(ModelLines.price(model) ?? ""), StyledText(ModelLines.abilities(model)),
            StyledText(notes.joined(separator: ", "), .dim),
        ]
    }
}
