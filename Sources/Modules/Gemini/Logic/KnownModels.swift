import ModuleChat
import ProviderSupport

/// What Google publishes of its models and its list of models does not say.
enum KnownModels {
    static let all: [ModelInfo] = [
        .known("gemini-3.8-flash*", window: 1_048_576, answer: 65_536, thinks: true),
        .known("gemini-3.7-flash*", window: 1_048_576, answer: 65_536, thinks: true),
        .known("gemini-3.1-pro*", window: 1_048_576, answer: 65_536, thinks: true),
        .known(
            "gemini-2.5-pro*", window: 1_048_576, answer: 65_536, thinks: true,
            prices: (1.25, 10)),
        .known(
            "gemini-2.5-flash*", window: 1_048_576, answer: 65_536, thinks: true,
            prices: (0.3, 2.5)),
        .known(
            "gemini-2.5-flash-lite*", window: 1_048_576, answer: 65_536, thinks: true,
            prices: (0.1, 0.4)),
        .known("gemini-2.0-flash*", window: 1_048_576, answer: 8192, thinks: false),
        // They speak, or paint.
        ModelInfo(id: "gemini-2.5-pro-preview-tts*"),
        ModelInfo(id: "gemini-2.5-flash-preview-tts*"),
        ModelInfo(id: "gemini-2.5-flash-image*"),
        .known("gemini-*"),
    ]
}
