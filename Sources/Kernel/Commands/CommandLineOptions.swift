/// The command line of `kernel`, understood.
package struct CommandLineOptions: Equatable, Sendable {
    package var command: Command
    package var isDevelopment = false
    /// `--safe-mode`
    package var isSafeMode = false
    /// `--config`
    package var configurationFile: String?
    /// `--json`
    package var printsJSON = false

    /// Why a command line is not understood, how it would be, and where help is. To be written to
    /// the standard error; the exit status is `ExitStatus.usage`.
    package struct UsageError: Error, Equatable, Sendable, CustomStringConvertible {
        package let description: String

        init(_ sentence: String, usage: String?, topic: String? = nil) {
            let usage = usage.map { "\nUsage: \($0)" } ?? ""
            let topic = topic.map { "\($0) " } ?? ""
            description = "kernel: \(sentence)\(usage)\nkernel \(topic)--help tells more."
        }
    }

    /// `arguments` without the name of the program.
    package static func parse(_ arguments: [String]) throws(UsageError) -> CommandLineOptions {
        let selection = try CommandSelection(arguments)
        // Who asks for help is not told what else is wrong.
        if selection.asksForHelp { return CommandLineOptions(command: .help(selection.help)) }
        let reading = try CommandLineReading(arguments, selection)
        var options = CommandLineOptions(command: .version)
        options.isDevelopment = reading.has("--dev")
        options.isSafeMode = reading.has("--safe-mode")
        options.configurationFile = reading.value("--config")
        options.printsJSON = reading.has("--json")
        if reading.has("--version") { return options }
        try reading.checkOperands()
        options.command = try command(selection.specification.path, reading)
        if options.printsJSON, [.repl, .configurationExample].contains(options.command) {
            throw reading.error("--json changes nothing here: leave it out")
        }
        return options
    }

    private static func command(
        _ path: [String], _ reading: CommandLineReading
    ) throws(UsageError) -> Command {
        switch path {
        case ["run"]: .run(try run(reading))
        case ["serve"]: .serve
        case ["modules"]: .modules
        case let path where path.first == "task": .task(try TaskRequest(path[1], reading))
        case ["ask"]: .ask(try AskRequest(reading))
        case ["model", "add"]: .modelAdd(try ModelAddRequest(reading))
        case let path where path.first == "model": .model(ModelRequest(path[1], reading))
        case ["health"]:
            .health(module: reading.operands.first, isFull: reading.has("--full"))
        case ["setup"]:
            .setup(
                Command.Setup(
                    agrees: reading.has("--yes"), isOnce: reading.has("--once"),
                    keyVariable: reading.value("--key")))
        case ["backup"]: .backUp(file: reading.operands[0])
        case ["module", "new"]:
            .moduleNew(
                Command.ModuleNew(
                    name: reading.operands[0], isC: reading.has("--c"),
                    isAdded: reading.has("--add"),
                    path: reading.value("--path")))
        case ["module", "check"]: .moduleCheck(file: reading.operands[0])
        case ["module", "lift"]: .moduleLift(id: reading.operands[0])
        case ["module", "reload"]: .moduleReload(id: reading.operands[0])
        case ["config", "show"]: .configurationShow
        case ["config", "check"]: .configurationCheck
        case ["config", "path"]: .configurationPath
        case ["config", "example"]: .configurationExample
        default: .repl
        }
    }

    static func run(
        _ reading: CommandLineReading, argumentsAs option: String = "--json"
    ) throws(UsageError) -> Command.RunRequest {
        let words = Array(reading.operands.dropFirst())
        var input = Command.RunRequest.Input.words(words)
        if let json = reading.value(option) {
            guard words.isEmpty else {
                throw reading.error("\(option) gives all arguments: \"\(words[0])\" is too much")
            }
            input = .json(json)
        }
        var request = Command.RunRequest(task: reading.operands[0], input: input)
        if let format = reading.value("--output") {
            guard ["json", "text"].contains(format) else {
                throw reading.error("--output must be json or text, but is \(format)")
            }
            request.printsOutcome = format == "json"
        }
        request.timeoutSeconds = try reading.seconds("--timeout")
        request.showsLog = reading.has("--log")
        return request
    }
}
