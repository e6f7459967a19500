import ModuleChat
import ProviderSupport

/// The servers that are known by name. A row says only what their makers document.
struct Preset: Sendable {
    let description: ProviderPreset
    let quirks: Quirks

    static func named(_ id: String) -> Preset? { all.first { $0.description.id == id } }

    static let all = [
        openAI, deepSeek, llamaServer, openRouter, groq, mistral, xAI, together, lmStudio,
        compatible,
    ]

    private static let openAI = Preset(
        description: ProviderPreset(
            id: "openai", name: "OpenAI", base: "https://api.openai.com/v1",
            keyVariables: ["OPENAI_API_KEY"], models: openAIModels),
        quirks: Quirks {
            $0.tokensMaxField = "max_completion_tokens"
            $0.thinking = .effort
            $0.efforts = [
                Quirks.Effort(["gpt-5.*"], off: "none"),
                Quirks.Effort(["gpt-5", "gpt-5-2*", "gpt-5-mini*", "gpt-5-nano*"], off: "minimal"),
                Quirks.Effort(["o1*", "o3*", "o4*"]),
            ]
            $0.fixedTemperature = $0.efforts.flatMap(\.models)
            $0.hiddenModels = [
                "text-*", "whisper*", "tts-*", "dall-e*", "gpt-image*", "chatgpt-image*", "sora*",
                "omni-moderation*", "babbage*", "davinci*", "gpt-realtime*", "gpt-audio*",
                "gpt-3.5-turbo-instruct*", "*-transcribe", "*-tts", "*-realtime-preview*",
            ]
        })

    private static let deepSeek = Preset(
        description: ProviderPreset(
            id: "deepseek", name: "DeepSeek", base: "https://api.deepseek.com",
            keyVariables: ["DEEPSEEK_API_KEY"],
            models: [
                model(
                    "deepseek-*", window: 1_000_000, answer: 384_000, images: false, thinks: true),
                model(
                    "deepseek-flash*", window: 1_000_000, answer: 384_000, images: true,
                    thinks: true),
            ]),
        quirks: Quirks {
            $0.answerFormat = .object
            $0.thinking = .toggle
            $0.efforts = [Quirks.Effort(["*"], medium: "high")]
            $0.returnsThinking = true
        })

    private static let llamaServer = Preset(
        description: ProviderPreset(
            id: "llama-server", name: "llama-server", base: "http://127.0.0.1:8080/v1",
            keyVariables: ["LLAMA_API_KEY"], keyIsOptional: true),
        quirks: Quirks {
            $0.thinking = .template
            $0.efforts = [Quirks.Effort(["*"])]
            $0.returnsThinking = true
            $0.isLlamaServer = true
            // Unlike the others it allows one call at a time unless it is told.
            $0.asksForParallelCalls = true
        })

    private static let openRouter = Preset(
        description: ProviderPreset(
            id: "openrouter", name: "OpenRouter", base: "https://openrouter.ai/api/v1",
            keyVariables: ["OPENROUTER_API_KEY"]),
        quirks: Quirks {
            $0.thinking = .reasoning
            $0.efforts = [Quirks.Effort(["*"])]
        })

    private static let groq = Preset(
        description: ProviderPreset(
            id: "groq", name: "Groq", base: "https://api.groq.com/openai/v1",
            keyVariables: ["GROQ_API_KEY"]),
        quirks: Quirks {
            $0.tokensMaxField = "max_completion_tokens"
            $0.thinking = .effort
            $0.efforts = [
                Quirks.Effort(["openai/gpt-oss*"]),
                Quirks.Effort(
                    ["qwen/qwen3*"], off: "none", low: "default", medium: "default", high: "default"
                ),
            ]
            $0.hiddenModels = ["whisper*", "distil-whisper*", "playai-tts*"]
        })

    private static let mistral = Preset(
        description: ProviderPreset(
            id: "mistral", name: "Mistral", base: "https://api.mistral.ai/v1",
            keyVariables: ["MISTRAL_API_KEY"]),
        quirks: Quirks {
            // It refuses members that it does not know, and tells usage without being asked.
            $0.asksForUsage = false
            $0.seedField = "random_seed"
            $0.requiredChoice = "any"
            $0.callIDs = CallIDs(length: 9)
        })

    private static let xAI = Preset(
        description: ProviderPreset(
            id: "xai", name: "xAI", base: "https://api.x.ai/v1", keyVariables: ["XAI_API_KEY"]),
        quirks: Quirks {
            $0.tokensMaxField = "max_completion_tokens"
            $0.thinking = .effort
            $0.efforts = [Quirks.Effort(["grok-3-mini*"], medium: "high")]
        })

    private static let together = Preset(
        description: ProviderPreset(
            id: "together", name: "Together AI", base: "https://api.together.xyz/v1",
            keyVariables: ["TOGETHER_API_KEY"]),
        quirks: Quirks {
            $0.thinking = .effort
            $0.efforts = [Quirks.Effort(["openai/gpt-oss*"])]
        })

    private static let lmStudio = Preset(
        description: ProviderPreset(
            id: "lm-studio", name: "LM Studio", base: "http://127.0.0.1:1234/v1",
            keyIsOptional: true),
        quirks: Quirks { $0.hiddenModels = ["text-embedding-*"] })

    /// Everybody else: `base_url` says where.
    private static let compatible = Preset(
        description: ProviderPreset(
            id: "compatible", name: "OpenAI-compatible server", base: "http://127.0.0.1:8000/v1",
            keyIsOptional: true),
        quirks: Quirks())
}

extension Preset {
    private static let openAIModels = [
        model("gpt-5*", window: 400_000, answer: 128_000, thinks: true),
        priced("gpt-5", window: 400_000, answer: 128_000, thinks: true, 1.25, 10),
        priced("gpt-5-mini", window: 400_000, answer: 128_000, thinks: true, 0.25, 2),
        priced("gpt-5-nano", window: 400_000, answer: 128_000, thinks: true, 0.05, 0.4),
        model("gpt-5-chat*", window: 128_000, answer: 16_384, thinks: false),
        priced("gpt-4.1", window: 1_047_576, answer: 32_768, thinks: false, 2, 8),
        priced("gpt-4.1-mini", window: 1_047_576, answer: 32_768, thinks: false, 0.4, 1.6),
        priced("gpt-4.1-nano", window: 1_047_576, answer: 32_768, thinks: false, 0.1, 0.4),
        priced("gpt-4o", window: 128_000, answer: 16_384, thinks: false, 2.5, 10),
        priced("gpt-4o-mini", window: 128_000, answer: 16_384, thinks: false, 0.15, 0.6),
        model("o1*", window: 200_000, answer: 100_000, thinks: true),
        model("o3*", window: 200_000, answer: 100_000, thinks: true),
        model("o4-mini*", window: 200_000, answer: 100_000, thinks: true),
        model("gpt-3.5-turbo*", window: 16_385, answer: 4_096, images: false, thinks: false),
    ]

    private static func model(
        _ id: String, window: Int, answer: Int, images: Bool = true, thinks: Bool
    ) -> ModelInfo {
        var model = ModelInfo(id: id)
        model.windowTokens = window
        model.answerTokensMax = answer
        model.takesImages = images
        model.takesTools = true
        model.thinks = thinks
        return model
    }

    private static func priced(
        _ id: String, window: Int, answer: Int, thinks: Bool, _ prices: Double...
    ) -> ModelInfo {
        var model = model(id, window: window, answer: answer, thinks: thinks)
        model.inputPrice = prices.first
        model.outputPrice = prices.last
        return model
    }
}
