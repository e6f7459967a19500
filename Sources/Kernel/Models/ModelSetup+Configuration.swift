import KernelBase
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
    /// `known`: what the modules are that speak to servers, by their ids, and which of them came
    /// with the kernel. Keys are read now.
    package init(
        _ source: ModelConfiguration, _ known: [String: ProviderDescription],
        bundled: Set<String>
    ) {
        self.init()
        let known = KnownProviders(descriptions: known, bundled: bundled)
        let configuration = source.configuration
        for (name, entry) in configuration.providers where entry.settings.enabled {
            do throws(Problem) {
                var maker = EndpointMaker(source, known, name, entry.settings)
                endpoints[name] = try maker.make()
                warnings[name] = maker.warning
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

private struct KnownProviders {
    let descriptions: [String: ProviderDescription]
    /// Modules that came with the kernel: what they describe is trusted, since no other can take
    /// the place of a server, and of the key that a person keeps for it.
    let bundled: Set<String>
}

/// Finds out which server a table `[providers.<name>]` means, and how it is reached.
private struct EndpointMaker {
    typealias Problem = ModelSetup.Problem

    let source: ModelConfiguration
    let known: [String: ProviderDescription]
    let bundled: Set<String>
    let name: String
    let settings: ProviderSettings
    /// What a person should mend although it works.
    private(set) var warning: String?

    init(
        _ source: ModelConfiguration, _ known: KnownProviders, _ name: String,
        _ settings: ProviderSettings
    ) {
        self.source = source
        self.known = known.descriptions
        bundled = known.bundled
        self.name = name
        self.settings = settings
    }

    mutating func make() throws(Problem) -> ModelEndpoint {
        let (module, preset) = try server()
        let base = settings.base.map { Self.withoutSlash($0) } ?? preset.base
        var endpoint = ModelEndpoint(name: name, module: module, preset: preset.id, base: base)
        endpoint.keys = try keys(of: preset, by: module, isOwn: base != preset.base)
        endpoint.options = try options(of: module)
        endpoint.limits.connectSeconds = Double(settings.connectSeconds)
        endpoint.limits.firstByteSeconds = Double(settings.firstByteSeconds)
        endpoint.limits.stallSeconds = Double(settings.stallSeconds)
        endpoint.proxy = try proxy(to: base)
        let certificates = settings.certificates ?? source.configuration.kernel.certificates
        endpoint.certificatesFile = certificates?.absolute
        // No module of somebody else's leads into private networks.
        let isOfThisMachine = URLText.isLoopback(URLText.host(of: base))
        let isNamed = settings.base != nil || (bundled.contains(module) && isOfThisMachine)
        // A proxy would not look.
        let host = URLText.host(of: base)
        guard isNamed || !Self.isAddress(host) || !HTTPAddress.isPrivate(host) else {
            throw Problem(
                sentence: "the module \(module) names a server in a private network, \(base): "
                    + "if it is yours, write base_url = \"\(base)\" to [providers.\(name)]")
        }
        endpoint.reach = isNamed ? .everything : .worldOnly
        return endpoint
    }

    /// And no name.
    private static func isAddress(_ host: String) -> Bool {
        host.contains(":") || host.utf8.allSatisfy { (0x30...0x39).contains($0) || $0 == 0x2E }
    }

    private func proxy(to base: String) throws(Problem) -> HTTPProxy {
        guard settings.proxy != nil else {
            return HTTPProxy(for: base, environment: source.environment)
        }
        do {
            let url = try source.configuration.proxy(ofProvider: name, secrets: source.secrets)
            return url == "none" ? .none : url.map { .url($0) } ?? .none
        } catch {
            throw Problem(sentence: "its proxy is not known: \(error.sentence)")
        }
    }

    private static func withoutSlash(_ base: String) -> String {
        String(base.prefix(base.utf8.count - base.utf8.reversed().prefix { $0 == 0x2F }.count))
    }

    /// The module and its preset that the table means, by what it says and else by its name.
    private func server() throws(Problem) -> (String, ProviderPreset) {
        let wanted = settings.preset ?? name
        guard let module = settings.module else {
            if let found = try only(wanted) { return found }
            let names = known.values.flatMap(\.presets).map(\.id).sorted()
            guard !names.isEmpty else {
                throw Problem(
                    sentence: "no module that talks to models is in service; "
                        + "`kernel modules` says why")
            }
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

    /// The module that knows the server. Which of several is meant, nobody guesses: a key and a
    /// chat may go with it.
    private func only(_ wanted: String) throws(Problem) -> (String, ProviderPreset)? {
        let all = known.sorted { $0.key < $1.key }.compactMap { id, description in
            description.presets.first { $0.id == wanted }.map { (id, $0) }
        }
        let own = all.filter { bundled.contains($0.0) }
        let found = own.isEmpty ? all : own
        guard found.count > 1 else { return found.first }
        let names = found.map { "\"\($0.0)\"" }.joined(separator: ", ")
        throw Problem(
            sentence: "several modules know a server \"\(wanted)\": write module = to "
                + "[providers.\(name)], with one of \(names)")
    }

    /// A key from the environment goes to the server that it was made for, and to no other, and
    /// only by a module that came with the kernel: another could name any variable there is.
    private mutating func keys(
        of preset: ProviderPreset, by module: String, isOwn: Bool
    ) throws(Problem) -> [String] {
        guard settings.keys.isEmpty else {
            let found = source.configuration.keys(ofProvider: name, secrets: source.secrets)
            guard let problem = found.problems.first else { return found.values }
            guard !found.values.isEmpty else {
                throw Problem(sentence: "its key cannot be had: \(problem)")
            }
            warning = "one of its keys cannot be had: \(problem)"
            return found.values
        }
        guard !isOwn else { return [] }
        guard bundled.contains(module) else {
            guard !preset.keyIsOptional, let variable = preset.keyVariables.first else { return [] }
            throw Problem(
                sentence: "\(preset.name) needs a key: write keys = [\"env:\(variable)\"] to "
                    + "[providers.\(name)]. The module \(module) did not come with the kernel and "
                    + "takes none from the environment by itself")
        }
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
