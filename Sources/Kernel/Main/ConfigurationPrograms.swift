import KernelBuilds
import KernelClient
import KernelCommands
import KernelConfig
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
        return printsJSON
            ? Program.say(ConfigurationText.showJSON(configuration))
            : Program.say(ConfigurationText.show(configuration))
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
        return printsJSON
            ? Program.say(["table": .string(entry.header), "file": .string(file)])
            : Program.say("\(entry.header) is in \(file) now.\n")
    }

    /// Checks the file by itself, and against what the modules that are known take.
    static func check(_ startup: Startup, printsJSON: Bool) -> Int32 {
        let (problems, warnings) = findings(startup)
        let file = startup.paths.configurationFile
        if printsJSON {
            return Program.say(
                ConfigurationText.checkJSON(file: file, problems: problems, warnings: warnings),
                problems.isEmpty ? .ok : .failed)
        }
        if problems.isEmpty && !Files.exists(file) {
            return Program.say("\(file) does not exist; the defaults are in force.\n")
        }
        return Program.say(
            ConfigurationText.check(file: file, problems: problems, warnings: warnings),
            problems.isEmpty ? .ok : .failed)
    }

    private static func findings(
        _ startup: Startup
    ) -> (problems: [ConfigurationProblem], warnings: [ConfigurationProblem]) {
        do throws(ConfigurationProblems) {
            let source = ConfigurationSource(
                file: startup.paths.configurationFile, home: startup.paths.home,
                environment: startup.environment)
            let configuration = try source.read(try ConfigurationFile.read(startup.paths))
            let modules = ConfigurableModules(startup, configuration).all
            let problems = configuration.problems(
                modules: modules, secrets: .desktop(environment: startup.environment))
            let warnings =
                configuration.warnings(modules: modules) + configuration.missingModulesWarnings
                + configuration.warnings(
                    providers: knownProviders(startup), fileExists: { Files.exists($0) })
            return (problems, warnings)
        } catch {
            return (error.list, [])
        }
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
        return printsJSON
            ? Program.say(ConfigurationText.pathJSON(startup.paths, exists: exists))
            : Program.say(ConfigurationText.path(startup.paths, exists: exists))
    }
}
