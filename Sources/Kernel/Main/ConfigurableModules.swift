import KernelBuilds
import KernelConfig
import KernelDevelopment
import KernelGenerations
import KernelSystem
import KernelWorkers

/// What the modules that are installed take from the configuration.
struct ConfigurableModules {
    private(set) var all: [String: ConfigurableModule] = [:]

    /// From the index of manifests; libraries are asked only if the file names a module that it
    /// does not know, as in a home where no kernel has run yet.
    init(_ startup: Startup, _ configuration: Configuration) {
        let index = ManifestIndex(readingFrom: KernelParts.indexFile(startup.paths))
        for manifest in index.manifests { add(manifest) }
        guard !configuration.modules.keys.allSatisfy({ all[$0] != nil }) else { return }
        let unknown = ModulePlaces.files(startup, configuration).filter { file in
            guard let status = try? Files.status(file) else { return false }
            return index.entry(of: file, status) == nil
        }
        // What cannot be asked is not known: a warning then says so of what the file names.
        try? ask(unknown, startup)
    }

    private mutating func ask(_ files: [String], _ startup: Startup) throws {
        guard !files.isEmpty else { return }
        try startup.prepareFolders()
        let zygote = try Zygote(executable: try LazyZygote.executable()) { _ in }
        defer { zygote.stop() }
        let tools = CheckTools(zygote: zygote, output: try OutputCollector())
        let folder = Path.join(startup.paths.runFolder, "manifests-\(ProcessFacts.id)")
        for file in files {
            let manifest = ModuleCheck.manifest(of: file, tools: tools, temporaryFolder: folder)
            if let manifest { add(manifest) }
        }
    }

    private mutating func add(_ manifest: Manifest) {
        all[manifest.id] = ConfigurableModule(
            schema: manifest.configuration, tasks: manifest.tasks.map(\.name))
    }
}
