/// `kernel task …`
extension CommandSpecification {
    private static let id = Operand(
        name: "id", about: "The task's id, or a beginning of it that no other has.")
    private static let ids = Operand(
        name: "id", about: "Ids of tasks, or beginnings of them.", repeats: true)

    static let taskSubmit = CommandSpecification(
        path: ["task", "submit"], about: "Hands work in that survives the kernel.",
        operands: [
            Operand(name: "task", about: "Such as fs.search."),
            Operand(
                name: "name=value", about: "The task's arguments; one value may go unnamed.",
                isRequired: false, repeats: true),
        ],
        options: [
            Option("--arguments", "OBJECT", "All arguments as one JSON object."),
            Option("--wait", "Waits for the end and prints the result."),
            Option("--priority", "NUMBER", "-10 to 10; the greater one runs first. 0 without it."),
            Option("--attempts", "NUMBER", "How often it is tried, if it may run again."),
            Option("--timeout", "SECONDS", "How long one attempt may take."),
            Option("--delay", "SECONDS", "It does not begin before."),
            Option("--deadline", "SECONDS", "It ends then at the latest."),
            Option(
                "--after", "IDS",
                "Tasks that must be done first: id,id. If one fails, this "
                    + "one is cancelled."),
            Option("--parent", "ID", "The task that it is a part of, and is cancelled with."),
            Option("--key", "TEXT", "The same key again gives the task that is there already."),
        ],
        details: [
            "Prints the id once the task is on the disk. With no kernel running the task is kept,",
            "and runs when a kernel does; with --wait it runs here and now.",
        ],
        examples: [
            "kernel task submit fs.search pattern=todo path=src",
            "kernel task submit fs.read README.md --wait",
        ], exitStatuses: ExitStatus.ofTasks)

    static let taskList = CommandSpecification(
        path: ["task", "list"], about: "Lists durable tasks, the newest first.",
        options: [
            Option("--state", "STATES", "Only these: waiting,queued,running,done,failed …"),
            Option("--module", "ID", "Only of this module."),
            Option("--submitter", "NAME", "Only what this client has handed in, at any terminal."),
            Option("--parent", "ID", "Only what belongs to this task."),
            Option("--after", "ID", "Goes on behind this one: those before it in time."),
            Option("--limit", "NUMBER", "At most so many, 1 to 1000. 50 without it."),
            Option("--follow", "Goes on with what becomes of them, until Ctrl-C."),
        ],
        details: [
            "With --follow and --json each task is one line, and another one whenever it is in",
            "another state.",
        ],
        examples: [
            "kernel task list", "kernel task list --state failed,interrupted --json",
            "kernel task list --follow --json",
        ],
        exitStatuses: named + [.interrupted])

    static let taskShow = CommandSpecification(
        path: ["task", "show"], about: "Tells all about one task, with its result.",
        operands: [id], examples: ["kernel task show t1qc"], exitStatuses: named)

    static let taskOutput = CommandSpecification(
        path: ["task", "output"], about: "Prints what a task has put out so far.",
        operands: [id],
        options: [Option("--follow", "Goes on until the task ends, whose end is the exit status.")],
        details: ["Of long output the beginning and the end are kept; what is missing is said."],
        exitStatuses: ExitStatus.ofTasks)

    static let taskWait = CommandSpecification(
        path: ["task", "wait"], about: "Waits for the end of tasks; it is the exit status.",
        operands: [ids],
        options: [
            Option("--timeout", "SECONDS", "Wait no longer than this."),
            Option("--follow", "Prints meanwhile what the tasks put out."),
        ], exitStatuses: ExitStatus.ofTasks)

    static let taskCancel = CommandSpecification(
        path: ["task", "cancel"], about: "Cancels tasks, and their children.",
        operands: [ids],
        details: [
            "What has not begun is cancelled at once; what runs is asked to end, and is stopped",
            "if it does not.",
        ], exitStatuses: named)

    static let taskRetry = CommandSpecification(
        path: ["task", "retry"], about: "Hands the work of an ended task in once more.",
        operands: [id],
        options: [Option("--wait", "Waits for the end and prints the result.")],
        details: ["It gets a new id; the old task stays as it is."],
        exitStatuses: ExitStatus.ofTasks)
}
