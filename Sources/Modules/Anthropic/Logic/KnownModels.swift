import ModuleChat

/// What Anthropic publishes of its models and its list of models does not say, foremost prices.
enum KnownModels {
    static let all: [ModelInfo] = [
        row("claude-fable-5-1*", window: 1_000_000, answer: 128_000, prices: (10, 50)),
        row("claude-opus-5-5*", window: 1_000_000, answer: 128_000, prices: (4, 20)),
        row("claude-opus-5*", window: 1_000_000, answer: 128_000, prices: (5, 25)),
        row("claude-sonnet-5*", window: 1_000_000, answer: 128_000, prices: (2, 10)),
        row("claude-haiku-5-5*", window: 1_000_000, answer: 128_000),
        row("claude-opus-4-5*", window: 200_000, answer: 64_000, prices: (5, 25)),
        row("claude-sonnet-4-5*", window: 200_000, answer: 64_000, prices: (3, 15)),
        row("claude-haiku-4-5*", window: 200_000, answer: 64_000, prices: (1, 5)),
        row("claude-opus-4-1*", window: 200_000, answer: 32_000, prices: (15, 75)),
        row("claude-3-7-sonnet*", window: 200_000, answer: 64_000, prices: (3, 15)),
        row("claude-3-5-haiku*", window: 200_000, answer: 8192, thinks: false, prices: (0.8, 4)),
        row("claude-3-haiku*", window: 200_000, answer: 4096, thinks: false, prices: (0.25, 1.25)),
        row("claude-*"),
    ]

    private static func row(
        _ id: String, window: Int? = nil, answer: Int? = nil, thinks: Bool = true,
        prices: (input: Double, output: Double)? = nil
    ) -> ModelInfo {
        var model = ModelInfo(id: id)
        model.windowTokens = window
        model.answerTokensMax = answer
        model.takesImages = true
        model.takesTools = true
        model.thinks = thinks
        model.inputPrice = prices?.input
        model.outputPrice = prices?.output
        return model
    }
}
