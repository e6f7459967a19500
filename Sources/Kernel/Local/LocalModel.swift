/// `[models.<name>]` with a file: a model that the kernel runs itself. All paths are absolute.
package struct LocalModel: Sendable, Hashable {
    package var name: String
    package var file: String
    package var contextTokens: Int?
    package var gpuLayers: Int?
    /// Without it, one that is free.
    package var port: UInt16?
    /// A path, or the name of a template that llama-server knows.
    package var chatTemplate: String?
    /// The file by which it sees images.
    package var projector: String?
    package var arguments: [String] = []
    /// What it is reckoned with, instead of what its files say.
    package var memoryBytes: Int?
    package var answerTokensMax: Int?

    package init(name: String, file: String) {
        self.name = name
        self.file = file
    }
}

/// What the configuration says of models that the kernel runs itself. A value.
package struct LocalSetup: Sendable, Hashable {
    /// The program llama-server, if the configuration names one.
    package var program: String?
    /// What all models may use together. Without it, half of the machine's.
    package var memoryBytes: Int?
    /// How long a model stays loaded that nobody asks; nil: for ever.
    package var idleSeconds: Double? = 900
    package var loadSeconds = 300.0
    /// Whether a server that already runs with the file is used instead of another one.
    package var adoptsRunning = true
    /// By name.
    package var models: [String: LocalModel] = [:]

    package init() {}
}
