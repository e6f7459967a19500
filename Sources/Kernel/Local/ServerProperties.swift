import ModuleChat
import ModuleJSON

/// What a llama-server says at `/props` of the model that it has.
struct ServerProperties: Sendable, Hashable {
    /// Nil: an older server does not say it.
    let modelFile: String?
    let windowTokens: Int?
    let takesTools: Bool
    let takesImages: Bool
    let thinks: Bool

    init?(_ bytes: [UInt8]) {
        guard let json = try? JSON(parsing: bytes),
            let settings = json["default_generation_settings"]
        else { return nil }
        modelFile = json["model_path"]?.string
        // Of one conversation: the window of several that run at once is divided among them.
        windowTokens = settings["n_ctx"]?.integer.map { Int($0) }
        let template = json["chat_template"]?.string ?? ""
        takesTools =
            json["chat_template_caps"]?["supports_tools"]?.bool ?? template.contains("tools")
        takesImages = json["modalities"]?["vision"]?.bool ?? false
        thinks = Self.thinkingMarks.contains { template.contains($0) }
    }

    private static let thinkingMarks = [
        "<think>", "enable_thinking", "reasoning_effort", "reasoning_content",
    ]

    func info(_ model: LocalModel) -> ModelInfo {
        var info = ModelInfo(id: model.name)
        info.windowTokens = windowTokens
        info.takesTools = takesTools
        info.takesImages = takesImages
        info.thinks = thinks
        info.answerTokensMax = model.answerTokensMax
        info.inputPrice = 0
        info.outputPrice = 0
        return info
    }
}
