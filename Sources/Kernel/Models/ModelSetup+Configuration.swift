package import KernelConfig
import KernelHTTP
package import ModuleChat
import ModuleJSON

/// What of the configuration is about models, as the kernel was started with it.
package struct ModelConfiguration: Sendable {
    package let configuration: Configuration
    package let secrets: SecretSource
    /// Of the kernel, which names proxies.
    package let environment: [String: String]

    package init(
        _ configuration: Configuration, _ secrets: SecretSource, environment: [String: String]
    ) {
        self.configuration = configuration
        self.secrets = secrets
        self.environment = environment
    }
}

extension ModelSetup {
    /// `known`: what the modules are that speak to servers, by their ids. Keys are read now, so
    /// that one that was changed counts from the next question on.
    package init(_ source: ModelConfiguration, _ known: [String: ProviderDescription]) {
        self.init()
        let configuration = source.configuration
        for (name, entry) in configuration.providers where entry.settings.enabled {
            do throws(Problem) {
                endpoints[name] = try EndpointMaker(source, known, name, entry.settings).make()
            } catch {
                problems[name] = error.sentence
            }
            listed[name] = entry.settings.models
        }
        for (name, model) in configuration.models {
            let place = model.model.flatMap { ModelReference($0) }.map {
                ModelAlias.Place.reference($0)
            }
            aliases[name] = ModelAlias(
                place ?? .local, fallback: model.fallback, answerTokensMax: model.answerTokensMax)
        }
        standard = configuration.chat.model
        fallback = configuration.chat.fallback
    }

    /// Why a provider cannot be used.
    struct Problem: Error {
        let sentence: String
    }
}

/// Finds out which server a table `[providers.<name>]` means, and how it is reached.
private struct EndpointMaker {
    typealias Problem = ModelSetup.Problem

    let source: ModelConfiguration
    let known: [String: ProviderDescription]
    let name: String
    let settings: ProviderSettings

    init(
        _ source: ModelConfiguration, _ known: [String: ProviderDescription], _ name: String,
        _ settings: ProviderSettings
    ) {
        self.source = source
        self.known = known
        self.name = name
        self.settings = settings
    }

    func make() throws(Problem) -> ModelEndpoint {
        let (module, preset) = try server()
        let base = settings.base.map { Self.withoutSlash($0) } ?? preset.base
        var endpoint = ModelEndpoint(name: name, module: module, preset: preset.id, base: base)
        endpoint.keys = try keys(of: preset, isOwn: base != preset.base)
        endpoint.options = try options(of: module)
        endpoint.limits.connectSeconds = Double(settings.connectSeconds)
        endpoint.limits.firstByteSeconds = Double(settings.firstByteSeconds)
        endpoint.limits.stallSeconds = Double(settings.stallSeconds)
        endpoint.proxy =
            switch settings.proxy {
            case nil: HTTPProxy(for: base, environment: source.environment)
            case "none"?: .none
            case let url?: .url(url)
            }
        endpoint.certificatesFile = settings.certificates?.absolute
        return endpoint
    }

    private static func withoutSlash(_ base: String) -> String {
        base.hasSuffix("/") ? String(base.dropLast()) : base
    }

    /// The module and its preset that the table means, by what it says and else by its name.
    private func server() throws(Problem) -> (String, ProviderPreset) {
        let wanted = settings.preset ?? name
        guard let module = settings.module else {
            let found = known.sorted { $0.key < $1.key }.lazy.compactMap { id, description in
                description.presets.first { $0.id == wanted }.map { (id, $0) }
            }.first
            if let found { return found }
            let names = known.values.flatMap(\.presets).map(\.id).sorted()
            throw Problem(
                sentence: "no module knows a server \"\(wanted)\""
                    + Spelling.hint(for: wanted, among: names)
                    + "; write preset = \"…\" or module = \"…\" to [providers.\(name)]. Known are "
                    + names.joined(separator: ", "))
        }
        guard let description = known[module] else {
            throw Problem(
                sentence: "the module \(module) is not in service, or provides no models"
                    + Spelling.hint(for: module, among: known.keys.sorted()))
        }
        if let preset = description.presets.first(where: { $0.id == wanted }) {
            return (module, preset)
        }
        guard settings.preset == nil else {
            throw Problem(
                sentence: "the module \(module) knows no server \"\(wanted)\""
                    + Spelling.hint(for: wanted, among: description.presets.map(\.id)))
        }
        return (module, description.presets[0])
    }

    /// A key from the environment goes to the server that it was made for, and to no other.
    private func keys(of preset: ProviderPreset, isOwn: Bool) throws(Problem) -> [String] {
        guard settings.keys.isEmpty else {
            let found = source.configuration.keys(ofProvider: name, secrets: source.secrets)
            guard found.values.isEmpty, let problem = found.problems.first else {
                return found.values
            }
            throw Problem(sentence: "its key cannot be had: \(problem)")
        }
        guard !isOwn else { return [] }
        let variables = preset.keyVariables
        if let key = variables.lazy.compactMap(source.secrets.variable).first(where: { !$0.isEmpty }
        ) {
            return [key]
        }
        guard !preset.keyIsOptional, let variable = variables.first else { return [] }
        throw Problem(
            sentence: "\(preset.name) needs a key: set \(variable) for the kernel, or write "
                + "keys = [\"file:keys/\(name)\"] to [providers.\(name)] and the key into that file"
        )
    }

    private func options(of module: String) throws(Problem) -> JSONObject {
        let schema = known[module].flatMap { try? JSONSchema(.object($0.optionsSchema)) }
        do {
            return try source.configuration.options(
                ofProvider: name, schema: schema, secrets: source.secrets)
        } catch {
            throw Problem(sentence: error.description)
        }
    }
}
