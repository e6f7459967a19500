package import ModuleJSON

/// What a module is configured with. Holds secrets: not to be logged or shown.
package struct ModuleView: Sendable, Equatable {
    /// `[modules.<id>]` without the kernel's keys.
    package let own: JSON
    /// `[user]`
    package let user: JSON
}

extension Configuration {
    /// The view of one module, with secrets, checked against the schema of its manifest (nil: it
    /// has none, and anything goes). Throws all problems, each with the place in the file; then
    /// the module must not be configured.
    package func view(
        ofModule id: String, schema: JSONSchema?, secrets source: SecretSource
    ) throws(ConfigurationProblems) -> ModuleView {
        let header = "modules.\(id)"
        let table = modules[id]?.own ?? FreeTable()
        var own = SecretResolver(self, source: source, header: header)
        var user = SecretResolver(self, source: source, header: "user")
        let view = ModuleView(own: own.resolve(table.table), user: user.resolve(self.user.table))
        let problems =
            own.problems + user.problems
            + self.problems(in: view.own, of: table, header, schema, own)
        guard problems.isEmpty else { throw ConfigurationProblems(problems) }
        return view
    }

    /// What the schema finds wrong with a table whose secrets are all there.
    func problems(
        in json: JSON, of table: FreeTable, _ header: String, _ schema: JSONSchema?,
        _ resolver: SecretResolver
    ) -> [ConfigurationProblem] {
        guard resolver.problems.isEmpty, let schema else { return [] }
        return schema.problems(in: json).map { problem in
            ConfigurationProblem(
                at: place(of: problem.path, in: table), table: header, key: "\(problem.path)",
                Self.sentence(of: problem, hiding: resolver.secrets))
        }
    }

    private func place(
        of path: JSONPath, in table: FreeTable
    ) -> ConfigurationProblem.Place {
        .file(path: file, position: table.table.position(of: path) ?? table.position)
    }

    /// A schema's sentence may quote the beginning of a value; that of a secret must not be seen.
    private static func sentence(
        of problem: JSONSchemaProblem, hiding secrets: [JSONPath: SecretResolver.Secret]
    ) -> String {
        let quoted = secrets.first { secret in
            let written = JSON.string(String(secret.value.value.prefix(quotedCharactersMax))).text
            return problem.sentence.contains(written.dropFirst().dropLast())
        }
        if let quoted {
            return "The value of \(quoted.value.reference) is not what the module accepts."
        }
        let subject = problem.path.subject
        let rest = problem.sentence.dropFirst(
            problem.sentence.hasPrefix(subject) ? subject.count : 0)
        return "This\(rest)\(rest.hasSuffix("?") ? "" : ".")"
    }

    /// Shorter than what a schema's sentence quotes of a text.
    private static let quotedCharactersMax = 20
}
