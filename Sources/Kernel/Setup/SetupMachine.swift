package import KernelConfig
package import KernelHTTP
import KernelSystem
import ModuleJSON

/// What setup finds on the machine that it runs on.
package struct SetupMachine: Sendable {
    package let paths: Paths
    package let environment: [String: String]
    package let client: HTTPClient
    /// Where servers of others usually are.
    package var ollamaBase = usualOllamaBase
    package var llamaServerBase = "http://127.0.0.1:8080"
    /// Of the providers that are reached with a key; tests have their own.
    var keys = KnownKey.all
    let keyring: Keyring

    package init(_ paths: Paths, environment: [String: String], client: HTTPClient) {
        if let host = environment["OLLAMA_HOST"], !host.isEmpty {
            ollamaBase = Self.base(ofOllama: host)
        }
        self.paths = paths
        self.environment = environment
        self.client = client
        keyring = Keyring(environment: environment)
        fetched = FetchedModel(folder: paths.fetchedFolder)
    }

    /// `OLLAMA_HOST` is what the server listens at as well: a host, a port, or both, with a scheme
    /// or without: with one, its usual port is meant.
    static func base(ofOllama text: String) -> String {
        let scheme = text.hasPrefix("https://") ? "https://" : "http://"
        let port = !text.hasPrefix(scheme) ? "11434" : scheme == "https://" ? "443" : "80"
        let rest = text.hasPrefix(scheme) ? text.dropFirst(scheme.utf8.count) : text[...]
        var place = String(rest.prefix { $0 != "/" })
        for other in [":", "0.0.0.0"] where place.hasPrefix(other) {
            let port = other == ":" ? Substring(place) : place.dropFirst(other.utf8.count)
            place = "127.0.0.1\(port)"
        }
        let behind = place.drop { $0 == "[" || place.hasPrefix("[") && $0 != "]" }
        let hasPort = behind.contains(":")
        return "\(scheme)\(place)\(hasPort ? "" : ":\(port)")"
    }

    private static let usualOllamaBase = "http://127.0.0.1:11434"

    /// Of the table for Ollama: only what its module would not think of by itself.
    var ollamaValues: [ModelAddition.Table.Value] {
        ollamaBase == Self.usualOllamaBase ? [] : [.init("base_url", .string(ollamaBase))]
    }

    /// Servers that the configuration names already are looked for where it says.
    func following(_ configuration: Configuration) -> SetupMachine {
        var machine = self
        if let own = Self.base("ollama", configuration) { machine.ollamaBase = own }
        if let own = Self.base("llama-server", configuration) {
            machine.llamaServerBase = own.hasSuffix("/v1") ? String(own.dropLast(3)) : own
        }
        return machine
    }

    private static func base(_ provider: String, _ configuration: Configuration) -> String? {
        guard var base = configuration.providers[provider]?.settings.base else { return nil }
        while base.hasSuffix("/") { base.removeLast() }
        return base
    }

    var trial: ModelTrial { ModelTrial(client: client, environment: environment) }
    /// Tests have another one.
    var fetched: FetchedModel

    func download(_ configuration: Configuration) -> Download {
        Download(
            client: client, index: PackageIndex(environment: environment, home: paths.home),
            environment: environment,
            certificatesFile: configuration.kernel.certificates?.absolute)
    }

    /// There if the person has said that no model is wanted.
    var declinedFile: String { Path.join(paths.stateFolder, "setup-declined") }

    /// What could answer at once, the one that somebody runs already first.
    var there: [SetupOffer] {
        var offers: [SetupOffer] = []
        if let model = ollamaModel { offers.append(.ollama(model: model)) }
        if let model = llamaServerModel { offers.append(.llamaServer(model: model)) }
        if fetched.isThere { offers.append(.fetched) }
        return offers
    }

    /// What needs somebody's word.
    var possible: [SetupOffer] {
        let fetch: [SetupOffer] = FetchedModel.whyNot == nil && !fetched.isThere ? [.fetch] : []
        let found = keys.filter { !(environment[$0.variable] ?? "").isEmpty }
        return fetch + found.map { .key($0) }
    }

    /// The one that was changed last: most likely the one that is used.
    private var ollamaModel: String? {
        let json = try? trial.get(ollamaBase + "/api/tags")
        let models = (json?["models"]?.array ?? []).compactMap { model in
            model["name"]?.string.map { ($0, model["modified_at"]?.string ?? "") }
        }
        return models.filter { !$0.0.contains("embed") }.max { $0.1 < $1.1 }?.0
    }

    private var llamaServerModel: String? {
        // Others listen there too: only llama-server has properties of a model.
        guard let properties = try? trial.get(llamaServerBase + "/props"),
            properties["model_path"] != nil
        else { return nil }
        let id = (try? trial.models(at: llamaServerBase + "/v1", key: nil))?.first
        // As the provider's module names one that was given no name.
        return id.map { $0.hasPrefix("/") ? Path.name(of: $0) : $0 }
    }
}
