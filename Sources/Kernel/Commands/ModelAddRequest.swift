/// What `kernel model add` asks for.
package struct ModelAddRequest: Equatable, Sendable {
    package var name: String
    package var kind: Kind

    package enum Kind: Equatable, Sendable {
        case provider(preset: String?, base: String?, key: String?)
        case model(String)
        case file(String)
    }

    init(_ reading: CommandLineReading) throws(CommandLineOptions.UsageError) {
        name = reading.operands[0]
        let (model, file) = (reading.value("--model"), reading.value("--file"))
        let provider = ["--preset", "--server", "--key"].first { reading.value($0) != nil }
        guard [model, file, provider].count(where: { $0 != nil }) <= 1 else {
            throw reading.error(
                "--model, --file, and what is said of a provider go into tables of their own")
        }
        if let model {
            kind = .model(model)
        } else if let file {
            kind = .file(file)
        } else {
            kind = .provider(
                preset: reading.value("--preset"), base: reading.value("--server"),
                key: try Self.key(reading))
        }
    }

    /// The configuration is no place for the key itself.
    private static func key(
        _ reading: CommandLineReading
    ) throws(CommandLineOptions.UsageError) -> String? {
        guard let key = reading.value("--key") else { return nil }
        guard ["env:", "file:", "keyring:"].contains(where: { key.hasPrefix($0) }) else {
            throw reading.error(
                "--key says where the key is: env:NAME, file:PATH or keyring:NAME")
        }
        return key
    }
}
