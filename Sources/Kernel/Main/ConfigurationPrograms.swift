import KernelBuilds
import KernelClient
import KernelCommands
import KernelConfig
import KernelGenerations
import KernelLoader
import KernelServer
import KernelSetup
import KernelSystem
import ModuleJSON

/// `kernel config show | check | path | example`
enum ConfigurationPrograms {
    /// What is in force: a kernel that runs may go on with an older file than there is now.
    static func show(_ startup: Startup, printsJSON: Bool) throws -> Int32 {
        if let transport = try startup.finder.find() {
            return try OneShotPrograms.ask(
                startup, transport, as: "config show", printsJSON: printsJSON,
                QuestionCommand.configuration)
        }
        let configuration = try startup.readConfiguration().current
        if printsJSON {
            say(ConfigurationText.showJSON(configuration))
        } else {
            StandardStreams.say(ConfigurationText.show(configuration))
        }
        return 0
    }

    /// `kernel model add`
    static func add(
        _ startup: Startup, _ request: ModelAddRequest, printsJSON: Bool
    ) throws -> Int32 {
        let kind: ModelEntry.Kind =
            switch request.kind {
            case .model(let model): .model(model)
            case .file(let file):
                .file(file.hasPrefix("/") ? file : Path.join(Files.currentDirectory, file))
            case .provider(let preset, let base, let key):
                .provider(preset: preset, base: base, key: key)
            }
        let entry = ModelEntry(name: request.name, kind)
        try entry.write(
            startup.paths, environment: startup.environment, providers: knownProviders(startup))
        let file = startup.paths.configurationFile
        if printsJSON {
            say(["table": .string(entry.header), "file": .string(file)])
        } else {
            StandardStreams.say("\(entry.header) is in \(file) now.\n")
        }
        return 0
    }

    /// Checks the file by itself, and against what the modules that are known take.
    static func check(_ startup: Startup, printsJSON: Bool) -> Int32 {
        let (problems, warnings) = findings(startup)
        let file = startup.paths.configurationFile
        if printsJSON {
            say(ConfigurationText.checkJSON(file: file, problems: problems, warnings: warnings))
        } else if problems.isEmpty && !Files.exists(file) {
            StandardStreams.say("\(file) does not exist; the defaults are in force.\n")
        } else {
            StandardStreams.say(
                ConfigurationText.check(file: file, problems: problems, warnings: warnings))
        }
        return problems.isEmpty ? 0 : 1
    }

    private static func findings(
        _ startup: Startup
    ) -> (problems: [ConfigurationProblem], warnings: [ConfigurationProblem]) {
        do throws(ConfigurationProblems) {
            let source = ConfigurationSource(
                file: startup.paths.configurationFile, home: startup.paths.home,
                environment: startup.environment)
            let configuration = try source.read(try ConfigurationFile.read(startup.paths))
            let modules = knownModules(startup)
            let problems = configuration.problems(
                modules: modules, secrets: .system(environment: startup.environment))
            let warnings =
                configuration.warnings(modules: modules)
                + configuration.warnings(
                    providers: knownProviders(startup), fileExists: { Files.exists($0) })
            return (problems, warnings)
        } catch {
            return (error.list, [])
        }
    }

    /// From the index of manifests: nothing is loaded for a check.
    private static func knownModules(_ startup: Startup) -> [String: ConfigurableModule] {
        let index = ManifestIndex(
            readingFrom: KernelParts.indexFile(startup.paths))
        var modules: [String: ConfigurableModule] = [:]
        for manifest in index.manifests {
            modules[manifest.id] = ConfigurableModule(
                schema: manifest.configuration, tasks: manifest.tasks.map(\.name))
        }
        return modules
    }

    /// Empty before the modules were looked at for the first time.
    private static func knownProviders(_ startup: Startup) -> [String: ConfigurableProvider] {
        let index = ManifestIndex(readingFrom: KernelParts.indexFile(startup.paths))
        return index.providers.compactMapValues { description in
            guard let json = try? JSON(parsing: description) else { return nil }
            let presets = json["presets"]?.array?.compactMap { $0["id"]?.string }
            return presets.map { ConfigurableProvider(presets: $0) }
        }
    }

    static func path(_ startup: Startup, printsJSON: Bool) -> Int32 {
        let exists = Files.exists(startup.paths.configurationFile)
        if printsJSON {
            say(ConfigurationText.pathJSON(startup.paths, exists: exists))
        } else {
            StandardStreams.say(ConfigurationText.path(startup.paths, exists: exists))
        }
        return 0
    }

    static func example() -> Int32 {
        StandardStreams.say(ConfigurationText.example())
        return 0
    }

    private static func say(_ json: JSON) {
        StandardStreams.say(json.pretty() + "\n")
    }
}
