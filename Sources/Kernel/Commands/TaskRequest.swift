package import KernelWire

/// What `kernel task …` asks for.
package enum TaskRequest: Equatable, Sendable {
    case submit(Submission)
    case list(ListTasks, follows: Bool)
    case show(String)
    case output(String, follows: Bool)
    case wait([String], timeoutSeconds: Double?, follows: Bool)
    case cancel([String])
    case retry(String, waits: Bool)

    package struct Submission: Equatable, Sendable {
        package var run: Command.RunRequest
        package var waits = false
        package var priority: Int?
        package var attempts: Int?
        package var delaySeconds: Double?
        package var deadlineSeconds: Double?
        package var after: [String] = []
        package var parent: String?
        package var key: String?

        package init(run: Command.RunRequest) {
            self.run = run
        }
    }

    /// Whether a command without a kernel runs its own task.
    package var waits: Bool {
        switch self {
        case .submit(let submission): submission.waits
        case .retry(_, let waits): waits
        case .list, .show, .output, .wait, .cancel: false
        }
    }

    private static let listLimit = 50

    init(
        _ command: String, _ reading: CommandLineReading
    ) throws(CommandLineOptions.UsageError) {
        switch command {
        case "submit": self = .submit(try Self.submission(reading))
        case "show": self = .show(reading.operands[0])
        case "output": self = .output(reading.operands[0], follows: reading.has("--follow"))
        case "wait":
            self = .wait(
                reading.operands, timeoutSeconds: try reading.seconds("--timeout"),
                follows: reading.has("--follow"))
        case "cancel": self = .cancel(reading.operands)
        case "retry": self = .retry(reading.operands[0], waits: reading.has("--wait"))
        default:
            var list = ListTasks()
            list.states = reading.value("--state").map { Self.words($0) }
            list.module = reading.value("--module")
            list.submitter = reading.value("--submitter")
            list.parent = reading.value("--parent")
            list.after = reading.value("--after")
            list.limit = try reading.integer("--limit") ?? Self.listLimit
            self = .list(list, follows: reading.has("--follow"))
        }
    }

    private static func submission(
        _ reading: CommandLineReading
    ) throws(CommandLineOptions.UsageError) -> Submission {
        var submission = Submission(
            run: try CommandLineOptions.run(reading, argumentsAs: "--arguments"))
        submission.waits = reading.has("--wait")
        submission.priority = try reading.integer("--priority")
        submission.attempts = try reading.integer("--attempts")
        submission.delaySeconds = try reading.seconds("--delay")
        submission.deadlineSeconds = try reading.seconds("--deadline")
        submission.after = reading.value("--after").map { words($0) } ?? []
        submission.parent = reading.value("--parent")
        submission.key = reading.value("--key")
        return submission
    }

    private static func words(_ text: String) -> [String] {
        text.split(separator: ",").map(String.init)
    }
}
