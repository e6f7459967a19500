/// The table `[chat]`: who answers where nothing else was chosen.
package struct ChatSettings: SettingsTable {
    package var model: String?
    package var fallback: [String] = []

    package static let header = "chat"
    package static let about = "Chats with models."
    package static let isInEnvironment = true

    package static let keys: [KeyOf<ChatSettings>] = [
        KeyOf(
            "model", \.model, sample: "small",
            "The model that answers: a name of [models.<name>], or a provider, a slash and the "
                + "provider's own name of the model, as in \"openai/gpt-5\". `kernel model list` "
                + "shows all of them."),
        KeyOf(
            "fallback", texts: \.fallback, sample: ["deepseek/deepseek-chat", "small"],
            "Who is asked, in this order, if the model cannot answer. It is told when this "
                + "happens. A model's own list in [models.<name>] stands over it."),
    ]

    package init() {}
}
