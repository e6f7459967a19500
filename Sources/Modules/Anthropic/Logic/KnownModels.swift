import ModuleChat
import ProviderSupport

/// What Anthropic publishes of its models and its list of models does not say, foremost prices.
enum KnownModels {
    static let all: [ModelInfo] = [
        .known(
            "claude-fable-5-1*", window: 1_000_000, answer: 128_000, thinks: true,
            prices: (10, 50)),
        .known(
            "claude-opus-5-5*", window: 1_000_000, answer: 128_000, thinks: true, prices: (4, 20)),
        .known("claude-opus-5*", window: 1_000_000, answer: 128_000, thinks: true, prices: (5, 25)),
        .known(
            "claude-sonnet-5*", window: 1_000_000, answer: 128_000, thinks: true, prices: (2, 10)),
        .known("claude-haiku-5-5*", window: 1_000_000, answer: 128_000, thinks: true),
        .known("claude-opus-4-5*", window: 200_000, answer: 64_000, thinks: true, prices: (5, 25)),
        .known(
            "claude-sonnet-4-5*", window: 200_000, answer: 64_000, thinks: true, prices: (3, 15)),
        .known("claude-haiku-4-5*", window: 200_000, answer: 64_000, thinks: true, prices: (1, 5)),
        .known("claude-opus-4-1*", window: 200_000, answer: 32_000, thinks: true, prices: (15, 75)),
        .known(
            "claude-3-7-sonnet*", window: 200_000, answer: 64_000, thinks: true, prices: (3, 15)),
        .known("claude-3-5-haiku*", window: 200_000, answer: 8192, thinks: false, prices: (0.8, 4)),
        .known(
            "claude-3-haiku*", window: 200_000, answer: 4096, thinks: false, prices: (0.25, 1.25)),
        .known("claude-*", thinks: true),
    ]
}
