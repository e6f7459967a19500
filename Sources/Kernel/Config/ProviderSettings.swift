/// The table `[providers.<name>]`: one account at one provider of models, or one server.
package struct ProviderSettings: SettingsTable {
    package var enabled = true
    package var module: String?
    package var preset: String?
    package var base: String?
    package var keys: [String] = []
    package var models: [String] = []
    package var connectSeconds = 15
    package var firstByteSeconds = 300
    package var stallSeconds = 60
    package var proxy: String?
    package var certificates: ConfiguredPath?

    package static let header = "providers.<name>"
    package static let about =
        "One provider of models. Its name begins the names of its models: [providers.work] has "
        + "\"work/gpt-5\". The table may be empty: [providers.deepseek] is all that DeepSeek "
        + "needs if the key is in the environment. Options of the provider's module stand in "
        + "[providers.<name>.options]."
    package static let isInEnvironment = false
    package static let optionsKey = "options"

    private static let seconds = IntegerLimits(1...3_600, "seconds")

    package static let keys: [KeyOf<ProviderSettings>] = [
        KeyOf("enabled", \.enabled, "Whether its models are offered."),
        KeyOf(
            "module", \.module, sample: "openai",
            "The module that speaks the provider's language. Without it, the one that knows the "
                + "preset."),
        KeyOf(
            "preset", \.preset, sample: "deepseek",
            "The server as the module knows it. Without it, the name of the table if it is known "
                + "to a module, else the module's first."),
        KeyOf(
            "base_url", \.base, sample: "http://127.0.0.1:8080/v1",
            "Where the server is. Without it, where the preset says."),
        KeyOf(
            "keys", secrets: \.keys, sample: ["env:OPENAI_API_KEY", "file:keys/openai"],
            "Where the keys are. With several, the next is used when one has met a limit. Without "
                + "it, the variables that the preset names."),
        KeyOf(
            "models", texts: \.models, sample: ["my-model"],
            "The models that are offered, where the server has no list or too long a one."),
        KeyOf(
            "connect_seconds", \.connectSeconds, seconds,
            "How long a connection may take to be made."),
        KeyOf(
            "first_byte_seconds", \.firstByteSeconds, seconds,
            "How long the server may think before it answers."),
        KeyOf(
            "stall_seconds", \.stallSeconds, seconds,
            "How long an answer may stand still before it is given up."),
        KeyOf(
            "proxy", \.proxy, sample: "http://proxy.example:3128",
            "Through whom it is reached. Without it, what https_proxy and its like in the kernel's "
                + "environment say; \"none\": nobody. One with a password is \"env:NAME\" or "
                + "\"file:PATH\"."),
        KeyOf(
            "certificates", \.certificates, sample: "company.pem",
            "A file of certificates to trust instead of the system's."),
    ]

    package init() {}
}
