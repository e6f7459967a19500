import KernelBase
package import KernelTerminal
package import KernelWire

/// The calls that are running.
package struct CallTable {
    private let calls: [CallListing]

    package init(_ calls: [CallListing]) {
        self.calls = calls.sorted { $0.call < $1.call }
    }

    package func lines(columnsMax: Int) -> [StyledText] {
        guard !calls.isEmpty else { return [StyledText("No call is running.", .dim)] }
        let columns = [
            TextTable.Column(title: "call", isNumber: true), TextTable.Column(title: "task"),
            TextTable.Column(title: "mode"), TextTable.Column(title: "generation", isNumber: true),
            TextTable.Column(title: "time", isNumber: true), TextTable.Column(title: "progress"),
        ]
        let rows = calls.map { call in
            [
                StyledText("\(call.call)"), StyledText(call.task, .accent), StyledText(call.mode),
                StyledText("\(call.generation)"),
                StyledText(Amount.duration(milliseconds: call.seconds * 1_000)),
                StyledText(ProgressPace.text(fraction: call.fraction, note: call.note), .dim),
            ]
        }
        return TextTable(columns, rows: rows).lines(columnsMax: columnsMax)
    }
}
