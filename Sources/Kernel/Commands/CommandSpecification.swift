/// One row of the table from which the command line is read, and its help is written.
package struct CommandSpecification: Sendable {
    package struct Option: Sendable {
        let name: String
        /// What stands for its value; nil for a switch.
        var value: String?
        let about: String

        /// A switch.
        init(_ name: String, _ about: String) {
            self.name = name
            self.about = about
        }

        init(_ name: String, _ value: String, _ about: String) {
            self.name = name
            self.value = value
            self.about = about
        }

        var usage: String { value.map { "\(name) \($0)" } ?? name }
    }

    package struct Operand: Sendable {
        let name: String
        let about: String
        var isRequired = true
        var repeats = false

        var usage: String {
            let name = isRequired ? "<\(name)>" : "[\(name)]"
            return repeats ? name + "…" : name
        }
    }

    /// `["module", "new"]`; empty for the kernel itself.
    let path: [String]
    let about: String
    var operands: [Operand] = []
    var options: [Option] = []
    var details: [String] = []
    var examples: [String] = []
    /// Those that the command can end with, where they say more than that it failed.
    var exitStatuses: [ExitStatus] = []

    var name: String { (["kernel"] + path).joined(separator: " ") }

    var usage: String {
        // They are listed below: more would not fit into a line.
        let shown = options.count > 5 ? ["[options]"] : options.map { "[\($0.usage)]" }
        return ([name] + shown + operands.map(\.usage)).joined(separator: " ")
    }
}

extension CommandSpecification {
    static let globalOptions: [Option] = [
        Option("--dev", "Development: own state folder and socket, modules from [dev], a REPL."),
        Option("--safe-mode", "Only the bundled modules, if another one is in the way."),
        Option("--config", "PATH", "This configuration file, not the usual one."),
        Option("--json", "JSON in place of text, for scripts."),
        Option("--help", "This help, of the command that it stands behind."),
        Option("--version", "The version."),
    ]

    static let all: [CommandSpecification] = [
        CommandSpecification(
            path: [], about: "An always-on assistant that acts through native modules.",
            details: [
                "Without a command it attaches to the kernel that runs, or starts one that ends",
                "with it. Lines that are typed or piped in are commands: fs.read path=README.md",
                "runs a task, /help lists the rest.",
                "Lines from a pipe or a file run one after the other; the exit status is 1 if one",
                "failed, 2 if one was not understood.",
            ],
            examples: ["kernel --dev", "echo 'fs.list path=.' | kernel --dev"]),
        serve, setup, run, ask, modelList, modelUse, modelShow, modelTest, modelAdd, modelPull,
        modelLoad,
        modelUnload, taskSubmit, taskList, taskShow, taskOutput, taskWait, taskCancel, taskRetry,
        modules, health, backUp, moduleNew, moduleCheck, moduleReload, moduleLift,
        configurationShow,
        CommandSpecification(
            path: ["config", "check"], about: "Says what is wrong with the configuration file.",
            exitStatuses: plainly),
        CommandSpecification(
            path: ["config", "path"], about: "Says which configuration file is read."),
        CommandSpecification(
            path: ["config", "example"], about: "Prints a configuration file with all keys.",
            examples: ["kernel config example > ~/.config/kernel/kernel.toml"]),
    ]

    private static let serve = CommandSpecification(
        path: ["serve"], about: "Starts the kernel in the foreground, for clients at its socket.",
        details: [
            "Says what happens on the standard error, until SIGTERM or Ctrl-C ends it. One kernel",
            "serves a state folder; all other commands attach to it. A socket may be handed over",
            "(LISTEN_FDS=1), and NOTIFY_SOCKET is told of the start and of the end, as systemd",
            "does it.",
        ],
        examples: ["kernel serve", "kernel --dev serve"], exitStatuses: plainly)

    private static let run = CommandSpecification(
        path: ["run"], about: "Runs one task and prints its result.",
        operands: [
            Operand(name: "task", about: "Such as fs.read."),
            Operand(
                name: "name=value", about: "The task's arguments; one value may go unnamed.",
                isRequired: false, repeats: true),
        ],
        options: [
            Option("--json", "OBJECT", "All arguments as one JSON object."),
            Option("--output", "FORMAT", "json: the whole outcome; text: the value (the default)."),
            Option("--timeout", "SECONDS", "Give up after this time."),
            Option("--log", "Show what the module prints, also where nobody watches."),
        ],
        details: [
            "Lists are written a,b,c; yes, no, true and false are booleans; objects are JSON.",
            "Behind -- nothing is an option. A task that takes text gets the words as they are.",
            "Progress and what the module prints go to the standard error, if that is a terminal.",
            "Ctrl-C cancels the task.",
        ],
        examples: [
            "kernel run fs.read path=README.md", "kernel run fs.read README.md",
            "kernel run fs.list --json '{\"path\": \".\", \"depth\": 2}' --output json",
        ], exitStatuses: ExitStatus.ofTasks)

    /// Of a command that has only its own work to fail at.
    static let plainly: [ExitStatus] = [.ok, .failed, .usage]
    /// Of a command about something that there may not be.
    static let named = plainly + [.notFound]

    private static let modules = CommandSpecification(
        path: ["modules"], about: "Lists the modules and how they are.",
        examples: ["kernel modules", "kernel modules --json"], exitStatuses: plainly)

    private static let health = CommandSpecification(
        path: ["health"], about: "Asks the modules how they are; the exit status says it too.",
        operands: [Operand(name: "module", about: "Only this one.", isRequired: false)],
        options: [
            Option("--full", "Look through the database too, which reads all of it.")
        ],
        details: ["Calls, faults and times are those of the last minutes."],
        examples: ["kernel health", "kernel health --full", "kernel health --json"],
        exitStatuses: named + [.notRunning])

    private static let backUp = CommandSpecification(
        path: ["backup"], about: "Copies the database of the kernel to a file, while work goes on.",
        operands: [Operand(name: "file", about: "The copy; it must not be there yet.")],
        details: [
            "It holds the durable tasks and what is quarantined. To go back to it, end the kernel",
            "and put the copy in the place of kernel.db in the state folder, and remove",
            "kernel.db-wal and kernel.db-shm beside it.",
        ],
        examples: ["kernel backup ~/kernel-backup.db"], exitStatuses: plainly)

    private static let moduleNew = CommandSpecification(
        path: ["module", "new"], about: "Makes a package with a new module and its test.",
        operands: [Operand(name: "name", about: "The module's id, such as hello.")],
        options: [
            Option("--c", "In C, not in Swift."),
            Option("--path", "FOLDER", "Beneath this folder, not beneath the current one."),
            Option("--add", "Adds it to [dev] modules of the configuration without asking."),
        ],
        examples: ["kernel module new hello", "kernel module new hello --c --path ~/modules"])

    private static let moduleCheck = CommandSpecification(
        path: ["module", "check"], about: "Says whether a built module can be loaded.",
        operands: [Operand(name: "file", about: "The shared library.")],
        examples: ["kernel module check .build/debug/libHello.so"], exitStatuses: plainly)

    private static let moduleLift = CommandSpecification(
        path: ["module", "lift"],
        about: "Ends what keeps a module out of service after it has failed.",
        operands: [Operand(name: "id", about: "The module's id, as kernel modules lists it.")],
        details: [
            "A build that fails again and again is quarantined: it is not used for a while. Once",
            "what was wrong outside of it has been put right, this has it tried again at once.",
            "A rebuilt module needs none of it.",
        ],
        examples: ["kernel module lift fs"], exitStatuses: named)
    private static let moduleReload = CommandSpecification(
        path: ["module", "reload"],
        about: "Has the kernel that runs read a module's file again.",
        operands: [Operand(name: "id", about: "The module's id, such as fs.")],
        examples: ["kernel module reload fs"], exitStatuses: named)

    private static let configurationShow = CommandSpecification(
        path: ["config", "show"], about: "Prints the configuration in force, and where from.",
        details: [
            "Of the kernel that runs, if one does: it goes on with an older file where the one",
            "that is there is wrong.",
            "Secrets are shown by their reference, never by their value.",
        ])
}
