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
    package var ollamaBase = "http://127.0.0.1:11434"
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
    }

    /// `OLLAMA_HOST` is what the server listens at as well: a host, a port, or both, with a scheme
    /// or without.
    static func base(ofOllama text: String) -> String {
        let scheme = text.hasPrefix("https://") ? "https://" : "http://"
        let rest = text.hasPrefix(scheme) ? text.dropFirst(scheme.utf8.count) : text[...]
        var place = String(rest.prefix { $0 != "/" })
        for other in [":", "0.0.0.0"] where place.hasPrefix(other) {
            let port = other == ":" ? Substring(place) : place.dropFirst(other.utf8.count)
            place = "127.0.0.1\(port)"
        }
        let behind = place.drop { $0 == "[" || place.hasPrefix("[") && $0 != "]" }
        let hasPort = behind.contains(":")
        return "\(scheme)\(place)\(hasPort ? "" : ":11434")"
    }

    var trial: ModelTrial { ModelTrial(client: client, environment: environment) }
    var fetched: FetchedModel { FetchedModel(folder: paths.fetchedFolder) }
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
