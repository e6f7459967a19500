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
            name: "/model", parameters: "[name | part of a name]",
            about: "Which models there are, or which one answers here.",
            details: [
                "/model               lists them; * is the one that answers here",
                "/model gpt           lists those with gpt in their name",
                "/model <name>        answers here from now on, also in the middle of a chat",
                "/model default <name>  is the default from now on; without a name, what the",
                "                     configuration says",
                "/model show|test [name]      tells about it, or puts a small question to it",
                "/model pull|load|unload <name>   has its server download it, or makes it ready",
            ]),
        ReplCommand(
            name: "/new", parameters: "", about: "Begins another chat.",
            details: ["A line that is no command and no task is said to the model."]),
        ReplCommand(
            name: "/modules", parameters: "[id]", about: "Which modules are in service, and how.",
            details: ["With an id: everything about that module, and its tasks."]),
        ReplCommand(
            name: "/module", parameters: "reload|lift <id>",
            about: "Reads a module's file again, or ends its quarantine.",
            details: [
                "A file that changes is brought into service by itself; reload is for when",
                "a build was refused and what was wrong outside of it has been put right.",
                "A build that failed again and again is quarantined; lift has it tried again at",
                "once. A rebuilt file needs neither.",
            ]),
        ReplCommand(
            name: "/health", parameters: "[id]", about: "Asks the modules how they are.",
            details: [
                "A module's own check, and what the kernel saw of its calls in the last minutes."
            ]),
        ReplCommand(
            name: "/tasks", parameters: "",
            about: "Calls that are running, and durable tasks, of all clients.",
            details: ["/cancel ends a call or a task, /task show tells all about a task."]),
        ReplCommand(
            name: "/task", parameters: "submit | show | output | wait | cancel | retry …",
            about: "Durable tasks, which survive the kernel.",
            details: [
                "/task submit fs.list path=.   hands work in; so does a line that ends with &",
                "/task show <id>     all about one task, with its result",
                "/task output <id>   what it has put out so far",
                "/task wait <id>     says when it has ended, and what came of it",
                "/task cancel <id>   ends it and its children",
                "/task retry <id>    the work of an ended task once more",
                "Of an id its beginning or its end is enough, where no other task has it.",
            ]),
        ReplCommand(
            name: "/cancel", parameters: "<call | task>",
            about: "Ends a running call, or a durable task.",
            details: [
                "The number or the id is in the list of /tasks. Ctrl-C on an empty line ends all",
                "of your own calls.",
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
