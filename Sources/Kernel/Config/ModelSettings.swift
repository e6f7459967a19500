/// The table `[models.<name>]`: a name for a model, hosted or run here.
package struct ModelSettings: SettingsTable {
    package var model: String?
    package var file: ConfiguredPath?
    package var contextTokens: Int?
    package var gpuLayers: Int?
    package var port: Int?
    package var chatTemplate: String?
    package var projector: ConfiguredPath?
    package var arguments: [String] = []
    package var memoryMegabytes: Int?
    package var fallback: [String] = []
    package var answerTokensMax: Int?

    package static let header = "models.<name>"
    package static let about =
        "A name of your own for a model: either `model` names one of a provider, or `file` one "
        + "that the kernel runs itself with llama-server."
    package static let isInEnvironment = false

    package static let keys: [KeyOf<ModelSettings>] = [
        KeyOf(
            "model", \.model, sample: "ollama/llama3.2",
            "A provider, a slash and the provider's own name of the model."),
        KeyOf(
            "file", \.file, sample: "~/models/small.gguf",
            "A model in the GGUF format, which llama-server runs on this machine when it is "
                + "asked."),
        KeyOf(
            "context_tokens", \.contextTokens, IntegerLimits(256...16_777_216, "tokens"),
            sample: 8_192,
            "The window that it is run with. Without it, what the file was made for, at most "
                + "32768."),
        KeyOf(
            "gpu_layers", \.gpuLayers, IntegerLimits(0...10_000, "layers"), sample: 99,
            "How many of its layers run on the graphics card. Without it, as llama-server finds "
                + "best."),
        KeyOf(
            "port", \.port, IntegerLimits(1...65_535, ""), sample: 8_081,
            "The port of its server on this machine. Without it, one that is free."),
        KeyOf(
            "chat_template", \.chatTemplate, sample: "chatml",
            "A template that llama-server knows, or a file of one. Without it, the one in the "
                + "model."),
        KeyOf(
            "mmproj", \.projector, sample: "~/models/small-mmproj.gguf",
            "The file by which the model can see images."),
        KeyOf(
            "arguments", texts: \.arguments, sample: ["--threads", "4"],
            "What else llama-server is started with."),
        KeyOf(
            "memory_mb", \.memoryMegabytes, IntegerLimits(1...16_777_216, "MB"), sample: 4_096,
            "How much memory it is reckoned with. Without it, the size of the file and of its "
                + "window."),
        KeyOf(
            "fallback", texts: \.fallback, sample: ["deepseek/deepseek-chat"],
            "Who is asked, in this order, if it cannot answer."),
        KeyOf(
            "answer_tokens_max", \.answerTokensMax, IntegerLimits(16...1_000_000, "tokens"),
            sample: 4_096, "How long an answer may become."),
    ]

    package init() {}
}
