extension ConfigurationText {
    /// A configuration file in which every key stands, commented out, with its default.
    package static func example() -> String {
        var writer = ExampleWriter()
        writer.write(
            about: "The configuration of kernel. Its place is ~/.config/kernel/kernel.toml; the "
                + "kernel takes changes into use as soon as the file is saved. Every line that "
                + "begins with # and no space is a setting to uncomment. Check with: kernel "
                + "config check")
        writer.writeFreeTable(
            "user", about: "About you. Every module can read this table; put in what you like.",
            ["name = \"Ann\"", "language = \"en\"", "city = \"Oslo\""], isCommented: false)
        for table in TableDeclaration.all { writer.write(table) }
        writer.writeFreeTable(
            "modules.weather",
            about: "A module's own keys are described by the module. A secret is best kept "
                + "elsewhere: in an environment variable, or in a file with mode 0600 beside this "
                + "one. A text that really begins with env: or file: is written literal:env:",
            [
                "key = \"env:WEATHER_KEY\"", "token = \"file:secrets/weather\"",
                "greeting = \"literal:env: is no reference here\"",
            ], isCommented: true)
        return writer.text
    }
}

private struct ExampleWriter {
    private(set) var text = ""

    private static let columnsMax = 80

    mutating func write(about: String) {
        text += Self.wrapped(about)
    }

    mutating func writeFreeTable(
        _ header: String, about: String, _ lines: [String], isCommented: Bool
    ) {
        text += "\n" + Self.wrapped(about) + "\(isCommented ? "#" : "")[\(header)]\n"
        for line in lines { text += "#\(line)\n" }
    }

    /// A table of a module is commented out with its header: its name is only a sample.
    mutating func write(_ table: TableDeclaration) {
        let isSample = table.header.contains("<")
        text += "\n" + Self.wrapped(table.about)
        text += "\(isSample ? "#" : "")[\(table.sampleHeader)]\n"
        for key in table.keys {
            text += Self.wrapped(key.declaration.aboutWithDefault(key.defaultValue))
            text += "#\(key.name) = \(key.exampleValue.tomlText)\n"
        }
    }

    private static func wrapped(_ text: String) -> String {
        var lines = [""]
        for word in text.split(separator: " ") {
            let isFull = lines[lines.count - 1].count + word.count + 3 > columnsMax
            if isFull { lines.append("") }
            let gap = lines[lines.count - 1].isEmpty ? "" : " "
            lines[lines.count - 1] += gap + word
        }
        return lines.map { "# \($0)\n" }.joined()
    }
}

extension TableDeclaration {
    /// The header with a module and a task in the place of placeholders.
    var sampleHeader: String {
        header.split(separator: ".").map { part in
            switch part {
            case "<id>": "fs"
            case "<task>": "search"
            case "<name>": header.hasPrefix("models") ? "small" : "deepseek"
            default: String(part)
            }
        }.joined(separator: ".")
    }
}

extension TableDeclaration.Key {
    /// The default where it shows something, else the sample.
    var exampleValue: KeyValue {
        guard let sample = declaration.sample else {
            guard let defaultValue else {
                preconditionFailure("The key \(name) has neither a default nor a sample.")
            }
            return defaultValue
        }
        return sample
    }
}

extension KeyDeclaration {
    fileprivate func aboutWithDefault(_ value: KeyValue?) -> String {
        let expectation = kind.expectation
        let first = expectation.prefix(1).uppercased() + expectation.dropFirst()
        switch value {
        case nil: return "\(about) \(first)."
        case let value? where sample != nil:
            return "\(about) \(first). Default: \(value.tomlText)"
        case .some: return "\(about) \(first)."
        }
    }
}
