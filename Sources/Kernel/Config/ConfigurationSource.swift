/// What a configuration is read from, beside the bytes of its file.
package struct ConfigurationSource: Sendable {
    package let file: String
    package let folders: PathFolders
    package let environment: [String: String]

    package init(file: String, home: String, environment: [String: String]) {
        self.file = file
        folders = PathFolders(home: home, configuration: PathText.folder(of: file))
        self.environment = environment
    }

    /// Nil bytes: there is no file, and all is at its default. Throws all problems at once.
    package func read(_ bytes: [UInt8]?) throws(ConfigurationProblems) -> Configuration {
        let root: TomlTable
        do {
            root = try TomlDocument(parsing: bytes ?? []).root
        } catch {
            throw ConfigurationProblems([
                ConfigurationProblem(at: place(error.position), error.sentence)
            ])
        }
        var reader = ConfigurationReader(source: self)
        reader.read(root)
        reader.applyEnvironment(environment)
        var problems = reader.problems
        if reader.unlistedProblems > 0 {
            problems.append(
                ConfigurationProblem(
                    at: place(nil), "There are \(reader.unlistedProblems) more problems."))
        }
        guard problems.isEmpty else { throw ConfigurationProblems(problems) }
        return reader.configuration
    }

    func place(_ position: TomlPosition?) -> ConfigurationProblem.Place {
        .file(path: file, position: position)
    }
}
