package import ModuleJSON

extension Configuration {
    /// The keys of a provider as they are now: those that can be had, and why the others cannot.
    /// Secrets: not to be logged or shown.
    package func keys(
        ofProvider name: String, secrets source: SecretSource
    ) -> (values: [String], problems: [String]) {
        var values: [String] = []
        var problems: [String] = []
        for text in providers[name]?.settings.keys ?? [] {
            guard let reference = SecretReference(text) else { continue }
            do {
                values.append(try source.value(of: reference, folders: folders))
            } catch {
                problems.append(error.sentence)
            }
        }
        return (values, problems)
    }

    /// What a provider's module is told with each order, with secrets, checked against its schema.
    package func options(
        ofProvider name: String, schema: JSONSchema?, secrets source: SecretSource
    ) throws(ConfigurationProblems) -> JSONObject {
        let header = "providers.\(name).\(ProviderSettings.optionsKey)"
        let table = providers[name]?.options ?? FreeTable()
        var resolver = SecretResolver(self, source: source, header: header)
        let options = resolver.resolve(table.table)
        let problems =
            resolver.problems + self.problems(in: options, of: table, header, schema, resolver)
        guard problems.isEmpty else { throw ConfigurationProblems(problems) }
        return options.object ?? [:]
    }
}
