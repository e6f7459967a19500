import KernelCommands
import KernelHTTP
import KernelSetup
import KernelSystem
import KernelTerminal
import ModuleJSON

/// `kernel setup`
enum SetupProgram {
    static func run(
        _ startup: Startup, _ wish: Command.Setup, printsJSON: Bool
    ) throws -> Int32 {
        let client = HTTPClient()
        defer { client.close() }
        let machine = SetupMachine(
            startup.paths, environment: startup.environment, client: client)
        var request = SetupRequest()
        request.agrees = wish.agrees
        request.isOnce = wish.isOnce
        request.keyVariable = wish.keyVariable
        let streams = CommandStreams()
        let outcome = try KernelSetup(machine, request, console(printsJSON, streams)).run()
        if let model = untested(outcome), !printsJSON, !wish.isOnce {
            return try OneShotPrograms.model(startup, .test(model), printsJSON: false)
        }
        if printsJSON { streams.say(outcome.json.pretty() + "\n") }
        // Where it may say no more than how, there is nothing that failed.
        return streams.finish(outcome == .nothing && !wish.isOnce ? .failed : .ok).rawValue
    }

    /// What has not answered yet: setup itself has no module that speaks to its provider.
    private static func untested(_ outcome: KernelSetup.Outcome) -> String? {
        switch outcome {
        case .configured(let model), .chosen(let model, nil): model
        case .chosen, .nothing: nil
        }
    }

    /// A script that reads the outcome wants nothing else on the standard output.
    private static func console(
        _ printsJSON: Bool, _ streams: CommandStreams
    ) -> SetupConsole {
        let isTerminal = TerminalDevice.isTerminal(0) && TerminalDevice.isTerminal(1)
        let say: @Sendable (String) -> Void = { line in
            printsJSON ? StandardStreams.complain(line) : streams.say(line + "\n")
        }
        let ask: @Sendable (String) -> String? = { question in
            streams.say(question)
            return StandardStreams.readLine()
        }
        let progress: SetupConsole.Progress = { text in
            streams.showProgress(text.map { StyledText($0, .dim) })
        }
        return SetupConsole(
            say: say, ask: isTerminal && !printsJSON ? ask : nil, progress: progress)
    }
}
