package import KernelClient
import ModuleJSON

/// What a line of the REPL can begin with, besides the name of a task: one table, from which
/// help, completion and suggestions come.
package struct ReplCommand: Sendable, Equatable {
    package let name: String
    package let parameters: String
    package let about: String
    /// More for `/help` with the name.
    package let details: [String]

    package var usage: String { parameters.isEmpty ? name : "\(name) \(parameters)" }

    package static let all: [ReplCommand] = [
        ReplCommand(
            name: "/modules", parameters: "[id]", about: "Which modules are in service, and how.",
            details: ["With an id: everything about that module, and its tasks."]),
        ReplCommand(
            name: "/module", parameters: "reload <id>",
            about: "Reads a module's file again and brings it into service.",
            details: [
                "A file that changes is brought into service by itself; this is for when",
                "a build was refused and what was wrong outside of it has been put right.",
            ]),
        ReplCommand(
            name: "/health", parameters: "[id]", about: "Asks the modules how they are.",
            details: [
                "A module's own check, and what the kernel saw of its calls in the last minutes."
            ]),
        ReplCommand(
            name: "/tasks", parameters: "", about: "The calls that are running, of all clients.",
            details: ["/cancel ends one of them."]),
        ReplCommand(
            name: "/cancel", parameters: "<call>", about: "Ends a running call.",
            details: [
                "The number is in the list of /tasks. Ctrl-C on an empty line ends all of",
                "your own calls.",
            ]),
        ReplCommand(
            name: "/config", parameters: "", about: "The configuration in force.",
            details: ["A change of the file takes effect when it is saved."]),
        ReplCommand(
            name: "/log", parameters: "[count] [module]", about: "The last lines of the log.",
            details: ["20 lines if no count is given, of one module if it is named."]),
        ReplCommand(
            name: "/help", parameters: "[command | module | task]",
            about: "This list, or one thing.",
            details: ["/help fs.read shows the arguments of a task, with an example."]),
        ReplCommand(
            name: "/quit", parameters: "", about: "Leaves.",
            details: [
                "So does Ctrl-D on an empty line. Calls that are running are cancelled. A kernel",
                "that was running before goes on.",
            ]),
    ]

    package static func named(_ name: String) throws(CommandProblem) -> ReplCommand {
        if let command = all.first(where: { $0.name == name }) { return command }
        let hint = Spelling.hint(for: name, among: all.map(\.name))
        throw CommandProblem(
            "there is no command \"\(name)\"\(hint.isEmpty ? "; /help lists all" : hint)")
    }
}
