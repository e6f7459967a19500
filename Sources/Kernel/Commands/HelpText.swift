/// The help of the command line, written from its table.
struct HelpText {
    private let specification: CommandSpecification

    init(_ specification: CommandSpecification) {
        self.specification = specification
    }

    /// Of a word with commands behind it, such as `kernel module`.
    static func group(_ word: String) -> String {
        let commands = CommandSpecification.all.filter { $0.path.first == word }
        return "Usage: kernel \(word) <command>\n\nCommands:\n"
            + columns(commands.map { ($0.path.joined(separator: " "), $0.about) })
            + "\nkernel \(word) <command> --help tells more.\n"
    }

    var text: String {
        var text = "Usage: \(usage)\n\n\(specification.about)\n"
        if !specification.details.isEmpty {
            text += "\n" + specification.details.joined(separator: "\n") + "\n"
        }
        if specification.path.isEmpty { text += "\nCommands:\n" + Self.columns(commands) }
        let operands = specification.operands.map { ($0.usage, $0.about) }
        if !operands.isEmpty { text += "\nArguments:\n" + Self.columns(operands) }
        text += "\nOptions:\n" + Self.columns(options.map { ($0.usage, $0.about) })
        if !specification.exitStatuses.isEmpty {
            let statuses = specification.exitStatuses.map { ("\($0.rawValue)", $0.about) }
            text += "\nExit status:\n" + Self.columns(statuses)
        }
        if !specification.examples.isEmpty {
            text += "\nExamples:\n" + specification.examples.map { "  \($0)\n" }.joined()
        }
        return text
    }

    var usage: String {
        specification.path.isEmpty ? "kernel [<command>] [options]" : specification.usage
    }

    private var commands: [(String, String)] {
        CommandSpecification.all.filter { !$0.path.isEmpty }
            .map { ($0.path.joined(separator: " "), $0.about) }
    }

    /// A command's own option stands before a global one of the same name.
    private var options: [CommandSpecification.Option] {
        let own = specification.options
        return own
            + CommandSpecification.globalOptions.filter { option in
                !own.contains { $0.name == option.name }
            }
    }

    private static func columns(_ rows: [(String, String)]) -> String {
        let width = rows.reduce(0) { max($0, $1.0.count) }
        return rows.map { name, about in
            "  \(name)\(String(repeating: " ", count: width - name.count))  \(about)\n"
        }.joined()
    }
}
