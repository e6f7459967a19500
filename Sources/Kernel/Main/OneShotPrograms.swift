import KernelClient
import KernelCommands
import KernelConfig
import KernelSystem
import KernelTasks
import KernelWire

/// Commands that ask the kernel one thing and end: the kernel that runs, or else one in this
/// process for as long as it takes.
enum OneShotPrograms {
    /// `kernel run`
    static func run(
        _ startup: Startup, _ request: Command.RunRequest
    ) throws -> Int32 {
        let introduction = startup.introduction("run")
        return try perform(startup) { transport, streams, _ in
            let command = RunCommand(
                transport, request, streams, introduction: introduction)
            return Client(run: { command.run() }, interrupt: { command.interrupt() })
        }
    }

    /// `kernel task …`: without a kernel that runs, tasks are kept for one that will.
    static func task(
        _ startup: Startup, _ request: TaskRequest, printsJSON: Bool
    ) throws -> Int32 {
        let introduction = startup.introduction("task")
        let work: TaskOptions.Work = request.waits ? .submittedHere : .nothing
        return try perform(startup, tasks: work) { transport, streams, isAlone in
            let finder = startup.finder
            let reconnect: TaskCommand.Reconnect = { try finder.find() }
            let command = TaskCommand(
                transport, request, printsJSON: printsJSON,
                reconnect: isAlone ? nil : reconnect, streams,
                introduction: introduction)
            return Client(run: { command.run() }, interrupt: { command.interrupt() })
        }
    }

    /// `kernel ask`
    static func ask(
        _ startup: Startup, _ request: AskRequest, printsJSON: Bool
    ) throws -> Int32 {
        let introduction = startup.introduction("ask")
        return try perform(startup) { transport, streams, _ in
            let command = try AskCommand(
                transport, request, printsJSON: printsJSON, streams, introduction: introduction)
            return Client(run: { command.run() }, interrupt: { command.interrupt() })
        }
    }

    /// `kernel model …`
    static func model(
        _ startup: Startup, _ request: ModelRequest, printsJSON: Bool
    ) throws -> Int32 {
        let introduction = startup.introduction("model")
        return try perform(startup) { transport, streams, isAlone in
            let command = ModelCommand(
                transport, request, printsJSON: printsJSON, isAlone: isAlone, streams,
                introduction: introduction)
            return Client(run: { command.run() }, interrupt: { command.interrupt() })
        }
    }

    /// `kernel module reload`: without a kernel that runs there is nothing to be loaded again.
    static func reload(
        _ startup: Startup, _ module: String, printsJSON: Bool
    ) throws -> Int32 {
        guard let transport = try startup.finder.find() else {
            throw Startup.Failure(
                description: "no kernel is running on \(startup.paths.stateFolder), so that no "
                    + "module is in service; kernel serve starts one")
        }
        return try ask(
            startup, transport, as: "module reload", printsJSON: printsJSON,
            QuestionCommand.reload(module))
    }

    /// Asks a kernel that runs.
    static func ask(
        _ startup: Startup, _ transport: SocketTransport, as name: String, printsJSON: Bool,
        _ question: @escaping QuestionCommand.Question
    ) throws -> Int32 {
        let command = QuestionCommand(
            transport, startup.introduction(name), printsJSON: printsJSON, CommandStreams(),
            question)
        return try AttachedClient.run(onSignal: { interrupt($0) { command.interrupt() } }) {
            command.run().rawValue
        }
    }

    /// `kernel modules`, `kernel backup`, `kernel module lift`: `name` is what the kernel calls the
    /// client.
    static func ask(
        _ startup: Startup, as name: String, printsJSON: Bool,
        _ question: @escaping QuestionCommand.Question
    ) throws -> Int32 {
        try ask(startup, as: name, printsJSON: printsJSON) { _ in question }
    }

    /// The same, of a question that depends on whether a kernel runs.
    static func ask(
        _ startup: Startup, as name: String, printsJSON: Bool,
        _ question: (_ isAlone: Bool) -> QuestionCommand.Question
    ) throws -> Int32 {
        let introduction = startup.introduction(name)
        return try perform(startup) { transport, streams, isAlone in
            let command = QuestionCommand(
                transport, introduction, printsJSON: printsJSON, streams, question(isAlone))
            return Client(run: { command.run() }, interrupt: { command.interrupt() })
        }
    }

    private struct Client: Sendable {
        let run: @Sendable () -> ExitStatus
        let interrupt: @Sendable () -> Void
    }

    private static func perform(
        _ startup: Startup, tasks: TaskOptions.Work? = nil,
        _ make: (any WireTransport, CommandStreams, _ isAlone: Bool) throws -> Client
    ) throws -> Int32 {
        switch try Attachment.find(startup) {
        case .attached(let transport):
            let client = try make(transport, CommandStreams(), false)
            return try AttachedClient.run(onSignal: { interrupt($0, client.interrupt) }) {
                client.run().rawValue
            }
        case .alone(let lock):
            let kernel = try LocalKernel(startup, startup.purpose(stays: false, tasks: tasks))
            kernel.findModules()
            let streams = CommandStreams(output: kernel.output, errors: kernel.errors)
            let client = try make(kernel.connect(), streams, true)
            let status = try kernel.run(onSignal: { interrupt($0, client.interrupt) }) {
                client.run().rawValue
            }
            keep(lock)
            return status
        }
    }

    /// The lock lives to the end of the program.
    private static func keep(_ lock: consuming FileLock) {}

    private static func interrupt(_ signal: Signals.Signal, _ body: () -> Void) {
        switch signal {
        case .terminate, .hangUp, .interrupt: body()
        case .windowChanged, .continued: break
        }
    }
}
