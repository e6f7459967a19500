/// `kernel ask` and `kernel model …`
extension CommandSpecification {
    private static let model = Operand(
        name: "model", about: "A name of [models.<name>], or provider/model.")
    private static let ownModel = Operand(
        name: "model", about: "A name of [models.<name>], or provider/model; else the default.",
        isRequired: false)

    private static let asked: [ExitStatus] = [.ok, .failed, .usage, .notFound, .interrupted]

    static let ask = CommandSpecification(
        path: ["ask"], about: "Puts one question to a model and prints the answer as it comes.",
        operands: [
            Operand(
                name: "question", about: "In words; what is piped in stands below it.",
                isRequired: false, repeats: true)
        ],
        options: [
            Option("--model", "MODEL", "This one, not the default."),
            Option("--system", "TEXT", "What the model is to keep to."),
            Option("--image", "FILE", "A picture to be asked about: PNG, JPEG, GIF or WebP."),
            Option("--tokens", "NUMBER", "How long the answer may become."),
            Option("--json", "The whole answer as JSON once it is there, with tokens and times."),
        ],
        details: [
            "The answer goes to the standard output, and what happens meanwhile (another try,",
            "another model, loading) to the standard error. Nothing of it is kept. With no kernel",
            "running the command asks by itself.",
        ],
        examples: [
            "kernel ask \"Why is the sky blue?\"",
            "kernel ask \"What does this do?\" --model deepseek/deepseek-chat < main.c",
            "git diff | kernel ask \"A message for this commit\"",
        ], exitStatuses: asked)

    static let modelList = CommandSpecification(
        path: ["model", "list"], about: "Lists the models that can be asked.",
        operands: [
            Operand(
                name: "part", about: "Only those with this in their name.", isRequired: false)
        ],
        options: [Option("--refresh", "Asks every server anew, and waits for all of them.")],
        details: [
            "Lists of servers are kept for ten minutes. The price is that of a million tokens,",
            "to the model and from it.",
        ],
        examples: ["kernel model list", "kernel model list gpt --json"], exitStatuses: plainly)

    static let modelUse = CommandSpecification(
        path: ["model", "use"], about: "Chooses the default model, from now on.",
        operands: [
            Operand(
                name: "model", about: "Without it, the one that the configuration names.",
                isRequired: false)
        ],
        details: [
            "It holds until another one is chosen here, or the configuration names another one",
            "than now.",
        ],
        examples: ["kernel model use deepseek/deepseek-chat"], exitStatuses: named)

    static let modelShow = CommandSpecification(
        path: ["model", "show"], about: "Tells what is known of a model.", operands: [ownModel],
        exitStatuses: named)

    static let modelTest = CommandSpecification(
        path: ["model", "test"],
        about: "Puts a small question to a model, and says how long it took.",
        operands: [ownModel], exitStatuses: asked)

    static let modelAdd = CommandSpecification(
        path: ["model", "add"], about: "Adds a provider or a model to the configuration.",
        operands: [
            Operand(
                name: "name",
                about: "Of a provider, such as deepseek; with --model or --file your own name.")
        ],
        options: [
            Option("--model", "MODEL", "A name of your own for a model: provider/model."),
            Option("--file", "GGUF", "A name of your own for a file that the kernel runs."),
            Option("--preset", "NAME", "Of a provider: the server that it is, if the name is not."),
            Option("--server", "URL", "Of a provider: where its server is."),
            Option("--key", "WHERE", "Of a provider: env:NAME, file:PATH or keyring:NAME."),
        ],
        details: ["A kernel that runs takes it at once. kernel model use makes it the default."],
        examples: [
            "kernel model add deepseek", "kernel model add fast --model ollama/llama3.2",
            "kernel model add home --preset llama-server --server http://127.0.0.1:8080/v1",
        ], exitStatuses: plainly)

    static let modelPull = CommandSpecification(
        path: ["model", "pull"], about: "Has a model's server download it (Ollama).",
        operands: [model], examples: ["kernel model pull ollama/llama3.2"], exitStatuses: asked)

    static let modelLoad = CommandSpecification(
        path: ["model", "load"], about: "Has a model loaded before it is asked.",
        operands: [model], exitStatuses: asked)

    static let modelUnload = CommandSpecification(
        path: ["model", "unload"], about: "Has a model taken out of memory.",
        operands: [model], exitStatuses: asked)
}
