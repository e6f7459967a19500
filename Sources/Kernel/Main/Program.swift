import KernelClient
import KernelCommands
import KernelRepl
import KernelSystem

/// From arguments to an exit status.
enum Program {
    static func run(_ arguments: [String]) -> Int32 {
        // First, since nothing that this program starts must find it in the environment.
        let service = ServiceManager()
        do {
            let options = try CommandLineOptions.parse(arguments)
            return try run(options, service)
        } catch let error as CommandLineOptions.UsageError {
            StandardStreams.complain("\(error)")
            return ExitStatus.usage.rawValue
        } catch {
            StandardStreams.complain("kernel: \(error)")
            return ExitStatus.failed.rawValue
        }
    }

    private static func run(
        _ options: CommandLineOptions, _ service: ServiceManager
    ) throws -> Int32 {
        switch options.command {
        case .help(let text): return say(text)
        case .version: return say("kernel \(KernelParts.version)\n")
        case .configurationExample: return ConfigurationPrograms.example()
        default: break
        }
        let startup = try Startup(
            configuration: options.configurationFile, isDevelopment: options.isDevelopment)
        return try run(options, startup, service)
    }

    private static func run(
        _ options: CommandLineOptions, _ startup: Startup, _ service: ServiceManager
    ) throws -> Int32 {
        let printsJSON = options.printsJSON
        let isDevelopment = options.isDevelopment
        switch options.command {
        case .repl: return try ReplProgram.run(startup, isDevelopment: isDevelopment, service)
        case .serve: return try ServeProgram.run(startup, isDevelopment: isDevelopment, service)
        case .moduleReload(let module): return try OneShotPrograms.reload(startup, module)
        case .run(let request):
            return try OneShotPrograms.run(startup, request, isDevelopment: isDevelopment)
        case .task(let request):
            return try OneShotPrograms.task(
                startup, request, printsJSON: printsJSON, isDevelopment: isDevelopment)
        case .modules:
            return try OneShotPrograms.modules(
                startup, printsJSON: printsJSON, isDevelopment: isDevelopment)
        case .health(let module):
            return try OneShotPrograms.health(
                startup, module, printsJSON: printsJSON, isDevelopment: isDevelopment)
        case .configurationShow:
            return try ConfigurationPrograms.show(startup, printsJSON: printsJSON)
        case .configurationCheck:
            return ConfigurationPrograms.check(startup, printsJSON: printsJSON)
        case .configurationPath:
            return ConfigurationPrograms.path(startup, printsJSON: printsJSON)
        case .moduleCheck(let file):
            return try ModulePrograms.check(startup, file, printsJSON: printsJSON)
        case .moduleLift(let id):
            return try OneShotPrograms.lift(
                startup, id, printsJSON: printsJSON, isDevelopment: isDevelopment)
        case .moduleNew(let request): return try ModulePrograms.make(startup, request)
        case .configurationExample, .version, .help:
            preconditionFailure("these commands need no start")
        }
    }

    private static func say(_ text: String) -> Int32 {
        StandardStreams.say(text)
        return ExitStatus.ok.rawValue
    }
}
