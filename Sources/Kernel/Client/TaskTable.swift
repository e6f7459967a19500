package import KernelTerminal
package import KernelWire

/// The calls that are running.
package struct TaskTable {
    private let tasks: [RunningTask]

    package init(_ tasks: [RunningTask]) {
        self.tasks = tasks.sorted { $0.call < $1.call }
    }

    package func lines(columnsMax: Int) -> [StyledText] {
        guard !tasks.isEmpty else { return [StyledText("No call is running.", .dim)] }
        let columns = [
            TextTable.Column(title: "call", isNumber: true), TextTable.Column(title: "task"),
            TextTable.Column(title: "mode"), TextTable.Column(title: "generation", isNumber: true),
            TextTable.Column(title: "time", isNumber: true), TextTable.Column(title: "progress"),
        ]
        let rows = tasks.map { task in
            [
                StyledText("\(task.call)"), StyledText(task.task, .accent), StyledText(task.mode),
                StyledText("\(task.generation)"),
                StyledText(Amount.duration(milliseconds: task.seconds * 1_000)),
                StyledText(ProgressPace.text(fraction: task.fraction, note: task.note), .dim),
            ]
        }
        return TextTable(columns, rows: rows).lines(columnsMax: columnsMax)
    }
}
