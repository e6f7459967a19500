extension ConfigurationText {
    /// The generated part of docs/configuration.md: every key, from its declaration.
    package static func reference() -> String {
        (TableDeclaration.all.map(tableReference) + [variableReference()]).joined(separator: "\n")
    }

    private static func tableReference(_ table: TableDeclaration) -> String {
        var text = "### `[\(table.header)]`\n\n\(table.about)\n\n"
        text += "| key | what may stand there | default | meaning |\n|---|---|---|---|\n"
        for key in table.keys {
            let standard = key.defaultValue.map { "`\($0.tomlText)`" } ?? "not set"
            text += "| `\(key.name)` | \(key.declaration.kind.expectation) | \(standard) "
            text += "| \(key.declaration.about) |\n"
        }
        return text
    }

    private static func variableReference() -> String {
        var text = "### Environment variables\n\nEach stands over the file.\n\n"
        text += "| variable | what it sets |\n|---|---|\n"
        for variable in EnvironmentVariables.others {
            text += "| `\(variable.name)` | \(variable.about) |\n"
        }
        for table in TableDeclaration.all {
            for key in table.keys {
                guard let variable = key.variable else { continue }
                text += "| `\(variable)` | `\(key.name)` of `[\(table.header)]` |\n"
            }
        }
        return text
    }
}
