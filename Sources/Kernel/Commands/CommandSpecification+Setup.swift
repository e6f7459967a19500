/// `kernel setup`
extension CommandSpecification {
    static let setup = CommandSpecification(
        path: ["setup"], about: "Finds a model that answers, and writes it to the configuration.",
        options: [
            Option("--yes", "Fetches a small model without asking, if there is no other (160 MB)."),
            Option("--key", "NAME", "Takes the provider whose key is in this variable."),
            Option("--once", "Asks only the first time, and says nothing if that is settled."),
        ],
        details: [
            "It takes what is configured; else what Ollama or a llama-server runs on this",
            "machine; else the small model that it fetched before. Else it asks, where somebody",
            "types: for a small model from PyPI that runs on this machine, or for a provider whose",
            "key is in the environment. With such a provider your chats leave this machine, and",
            "the key is copied into a file that only you can read: a service does not see the",
            "environment of your shell. What is taken has answered a real question before.",
        ],
        examples: ["kernel setup", "kernel setup --yes", "kernel setup --key DEEPSEEK_API_KEY"],
        exitStatuses: plainly)
}
