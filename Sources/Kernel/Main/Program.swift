import KernelClient
import KernelCommands
import KernelConfig
import KernelFlight
import KernelParent
import KernelRepl
import KernelSystem
import ModuleJSON

/// From arguments to an exit status.
enum Program {
    static func run(_ arguments: [String]) -> Int32 {
        do {
            let link = ParentLink()
            let options = try CommandLineOptions.parse(arguments)
            return try run(options, link, arguments)
        } catch let error as CommandLineOptions.UsageError {
            StandardStreams.complain("\(error)")
            return ExitStatus.usage.rawValue
        } catch {
            StandardStreams.complain("kernel: \(error)")
            return ExitStatus.failed.rawValue
        }
    }

    private static func run(
        _ options: CommandLineOptions, _ link: consuming ParentLink?, _ arguments: [String]
    ) throws -> Int32 {
        switch options.command {
        case .help(let text): return say(text)
        case .version:
            return options.printsJSON
                ? say(["version": .string(KernelParts.version)])
                : say("kernel \(KernelParts.version)\n")
        case .configurationExample: return say(ConfigurationText.example())
        default: break
        }
        var startup = try Startup(
            configuration: options.configurationFile, isDevelopment: options.isDevelopment)
        startup.isSafeMode = options.isSafeMode
        if let link {
            startup.isSafeMode = startup.isSafeMode || link.isSafeMode
            startup.mainProcess = Supervision.parent
            FlightRecorder.begin(in: try FlightRegion(sharing: link.takeRecorder()))
        } else {
            if options.command.staysInService {
                startup.parentProblem = ParentChoice(startup).becomeParent(
                    of: arguments, serves: options.command == .serve)
            }
            FlightRecorder.begin(in: try FlightRegion())
        }
        // Before anything is started: none of it must find this in the environment.
        return try run(options, startup, ServiceManager())
    }

    private static func run(
        _ options: CommandLineOptions, _ startup: Startup, _ service: ServiceManager
    ) throws -> Int32 {
        let printsJSON = options.printsJSON
        switch options.command {
        case .repl: return try ReplProgram.run(startup, service)
        case .serve: return try ServeProgram.run(startup, service, printsJSON: printsJSON)
        case .moduleReload(let module):
            return try OneShotPrograms.reload(startup, module, printsJSON: printsJSON)
        case .run(let request): return try OneShotPrograms.run(startup, request)
        case .task(let request):
            return try OneShotPrograms.task(startup, request, printsJSON: printsJSON)
        case .ask(let request):
            return try OneShotPrograms.ask(startup, request, printsJSON: printsJSON)
        case .modelAdd(let request):
            return try ConfigurationPrograms.add(startup, request, printsJSON: printsJSON)
        case .model(let request):
            return try OneShotPrograms.model(startup, request, printsJSON: printsJSON)
        case .modules:
            return try OneShotPrograms.ask(
                startup, as: "modules", printsJSON: printsJSON, QuestionCommand.modules)
        case .health(let module, let isFull):
            return try OneShotPrograms.ask(startup, as: "health", printsJSON: printsJSON) {
                QuestionCommand.health(module, isFull: isFull, isAlone: $0)
            }
        case .setup(let wish):
            return try SetupProgram.run(startup, wish, printsJSON: printsJSON)
        case .backUp(let file):
            let path = file.hasPrefix("/") ? file : Path.join(Files.currentDirectory, file)
            return try OneShotPrograms.ask(
                startup, as: "backup", printsJSON: printsJSON, QuestionCommand.backUp(to: path))
        case .configurationShow:
            return try ConfigurationPrograms.show(startup, printsJSON: printsJSON)
        case .configurationCheck:
            return ConfigurationPrograms.check(startup, printsJSON: printsJSON)
        case .configurationPath:
            return ConfigurationPrograms.path(startup, printsJSON: printsJSON)
        case .moduleCheck(let file):
            return try ModulePrograms.check(startup, file, printsJSON: printsJSON)
        case .moduleLift(let id):
            return try OneShotPrograms.ask(
                startup, as: "module lift", printsJSON: printsJSON, QuestionCommand.lift(id))
        case .moduleNew(let request):
            return try ModulePrograms.make(startup, request, printsJSON: printsJSON)
        case .configurationExample, .version, .help:
            preconditionFailure("these commands need no start")
        }
    }

    /// All that a command has to say. Its status, unless that could not be written.
    static func say(_ text: String, _ status: ExitStatus = .ok) -> Int32 {
        let streams = CommandStreams()
        streams.say(text)
        return streams.finish(status).rawValue
    }

    static func say(_ json: JSON, _ status: ExitStatus = .ok) -> Int32 {
        say(json.pretty() + "\n", status)
    }
}

extension Command {
    /// It is in service until somebody ends it; the others do one thing.
    fileprivate var staysInService: Bool { self == .repl || self == .serve }
}
