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
                values.append(
                    try Self.key(try source.value(of: reference, folders: folders), reference))
            } catch {
                problems.append(error.sentence)
            }
        }
        return (values, problems)
    }

    /// Editors and copying leave spaces and line ends around a key, which is all one word.
    private static func key(
        _ text: String, _ reference: SecretReference
    ) throws(SecretSource.Missing) -> String {
        let isSpace: (Unicode.Scalar) -> Bool = { $0.value <= 0x20 }
        let scalars = text.unicodeScalars.drop(while: isSpace)
        let end = scalars.lastIndex { !isSpace($0) }.map { scalars.index(after: $0) }
        let key = String(scalars[..<(end ?? scalars.startIndex)])
        guard !key.isEmpty else {
            throw SecretSource.Missing(
                sentence: "\(reference) is empty. Write the key there, and nothing else.")
        }
        guard key.unicodeScalars.allSatisfy({ (0x21...0x7E).contains($0.value) }) else {
            throw SecretSource.Missing(
                sentence: "\(reference) has spaces, line ends or other characters that no key has. "
                    + "Write the key there, and nothing else.")
        }
        return key
    }

    /// Through whom a provider is reached, as the configuration says it; nil: it says nothing. May
    /// hold a password.
    package func proxy(
        ofProvider name: String, secrets source: SecretSource
    ) throws(SecretSource.Missing) -> String? {
        guard let text = providers[name]?.settings.proxy else { return nil }
        guard let reference = SecretReference(text) else { return text }
        return try source.value(of: reference, folders: folders)
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
