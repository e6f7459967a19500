/// A provider whose key people have in their environment. All of them speak OpenAI's language too,
/// in which setup asks its one question.
package struct KnownKey: Sendable, Hashable {
    let variable: String
    /// The table in the configuration, and the preset of the provider's module.
    let provider: String
    let title: String
    /// Where OpenAI's language is spoken.
    var base: String
    /// The first one that the server lists is chosen: not the dearest, and one that can use tools.
    let models: [String]

    static let all = [
        KnownKey(
            variable: "OPENAI_API_KEY", provider: "openai", title: "OpenAI",
            base: "https://api.openai.com/v1",
            models: ["gpt-5-mini", "gpt-5", "gpt-4.1-mini", "gpt-4o-mini"]),
        KnownKey(
            variable: "ANTHROPIC_API_KEY", provider: "anthropic", title: "Anthropic",
            base: "https://api.anthropic.com/v1",
            models: ["claude-sonnet", "claude-haiku", "claude"]),
        gemini("GEMINI_API_KEY"), gemini("GOOGLE_API_KEY"),
        KnownKey(
            variable: "DEEPSEEK_API_KEY", provider: "deepseek", title: "DeepSeek",
            base: "https://api.deepseek.com",
            models: ["deepseek-flash", "deepseek-chat", "deepseek"]),
        KnownKey(
            variable: "MISTRAL_API_KEY", provider: "mistral", title: "Mistral",
            base: "https://api.mistral.ai/v1", models: ["mistral-small-latest", "mistral-"]),
        KnownKey(
            variable: "XAI_API_KEY", provider: "xai", title: "xAI",
            base: "https://api.x.ai/v1", models: ["grok-4-fast", "grok-4", "grok"]),
        KnownKey(
            variable: "OPENROUTER_API_KEY", provider: "openrouter", title: "OpenRouter",
            base: "https://openrouter.ai/api/v1",
            models: ["openai/gpt-5-mini", "openai/gpt-4.1-mini", "deepseek/deepseek-chat"]),
        KnownKey(
            variable: "GROQ_API_KEY", provider: "groq", title: "Groq",
            base: "https://api.groq.com/openai/v1",
            models: ["openai/gpt-oss-120b", "llama-3.3-70b-versatile", "llama-3.1-8b-instant"]),
        KnownKey(
            variable: "TOGETHER_API_KEY", provider: "together", title: "Together",
            base: "https://api.together.xyz/v1",
            models: ["openai/gpt-oss-120b", "meta-llama/Llama-3.3-70B", "deepseek-ai/DeepSeek"]),
    ]

    /// Its own programs take either.
    private static func gemini(_ variable: String) -> KnownKey {
        KnownKey(
            variable: variable, provider: "gemini", title: "Gemini",
            base: "https://generativelanguage.googleapis.com/v1beta/openai",
            models: ["gemini-flash-latest", "gemini-2.5-flash", "gemini-2"])
    }

    /// Those that are set.
    static func found(in environment: [String: String]) -> [KnownKey] {
        all.filter { environment[$0.variable].map { !$0.isEmpty } ?? false }
    }

    /// A whole name stands before one that only begins so; of several, the latest by its name.
    func choice(among listed: [String]) -> String? {
        for wanted in models {
            if listed.contains(wanted) { return wanted }
            if let found = listed.filter({ $0.hasPrefix(wanted) }).max() { return found }
        }
        return nil
    }
}
