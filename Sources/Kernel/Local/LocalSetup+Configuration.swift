package import KernelConfig

extension LocalSetup {
    /// What the tables `[local]` and `[models.<name>]` say.
    package init(_ configuration: Configuration) {
        self.init()
        let settings = configuration.local
        program = settings.server?.absolute
        memoryBytes = settings.memoryMegabytes.map { $0 << 20 }
        idleSeconds = settings.idleMinutes == 0 ? nil : Double(settings.idleMinutes) * 60
        loadSeconds = Double(settings.loadSeconds)
        adoptsRunning = settings.adoptsRunning
        for (name, model) in configuration.models {
            models[name] = LocalModel(name, model, configuration.folders)
        }
    }
}

extension LocalModel {
    /// Nil: the model is a provider's.
    package init?(_ name: String, _ settings: ModelSettings, _ folders: PathFolders) {
        guard let file = settings.file else { return nil }
        self.init(name: name, file: file.absolute)
        contextTokens = settings.contextTokens
        gpuLayers = settings.gpuLayers
        port = settings.port.flatMap { UInt16(exactly: $0) }
        // A name of a template has no slash, a path has one.
        chatTemplate = settings.chatTemplate.map {
            $0.contains("/") ? folders.absolute($0) : $0
        }
        projector = settings.projector?.absolute
        arguments = settings.arguments
        memoryBytes = settings.memoryMegabytes.map { $0 << 20 }
        answerTokensMax = settings.answerTokensMax
    }
}
