/// What `kernel ask` asks for.
package struct AskRequest: Equatable, Sendable {
    package var question: String
    package var model: String?
    package var system: String?
    package var image: String?
    package var tokensMax: Int?

    init(_ reading: CommandLineReading) throws(CommandLineOptions.UsageError) {
        question = reading.operands.joined(separator: " ")
        model = reading.value("--model")
        system = reading.value("--system")
        image = reading.value("--image")
        tokensMax = try reading.integer("--tokens")
        if let tokensMax, tokensMax < 1 { throw reading.error("--tokens must be at least 1") }
    }
}

/// What `kernel model …` asks for, of a kernel.
package enum ModelRequest: Equatable, Sendable {
    case list(filter: String?, isRefreshed: Bool)
    /// Nil: what the configuration says.
    case use(String?)
    case show(String?)
    case test(String?)
    case pull(String)
    case load(String)
    case unload(String)

    init(
        _ command: String, _ reading: CommandLineReading
    ) {
        let name = reading.operands.first
        switch command {
        case "list": self = .list(filter: name, isRefreshed: reading.has("--refresh"))
        case "use": self = .use(name)
        case "test": self = .test(name)
        case "pull": self = .pull(reading.operands[0])
        case "load": self = .load(reading.operands[0])
        case "unload": self = .unload(reading.operands[0])
        default: self = .show(name)
        }
    }
}
