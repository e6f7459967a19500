package import KernelLists
import KernelSystem
package import ModuleChat
import ModuleJSON
import Synchronization

/// All models that can be asked: what the configuration names, what the servers list, and what the
/// providers' modules know of them. What a server lists is kept in the user's cache.
package final class ModelDirectory: Sendable {
    private let providers: any ProviderSource
    private let folder: ModelListFolder
    private let state: Mutex<State>
    /// Held while a file is written, so that what is newer is written last.
    private let writing = Mutex(())

    private struct State {
        var setup = ModelSetup()
        var lists: [ListedServer: ModelList]
        /// What was learnt of one model since, beyond what its list says.
        var details: [ModelReference: Details] = [:]

        struct Details {
            let info: ModelInfo
            let server: ListedServer
            let atNanoseconds: UInt64
        }
    }

    package init(providers: any ProviderSource, cacheFolder: String) {
        self.providers = providers
        folder = ModelListFolder(cacheFolder)
        state = Mutex(State(lists: folder.read()))
    }

    package func use(_ setup: ModelSetup) {
        state.withLock { $0.setup = setup }
    }

    package var setup: ModelSetup { state.withLock { $0.setup } }

    // MARK: Who is meant

    /// The models to be asked for a name, or for the one that the configuration chose: the wanted
    /// one first, then those that stand in for it.
    package func targets(for name: String?) throws(ModelNotFound) -> [ModelTarget] {
        let setup = setup
        guard let wanted = name ?? setup.standard else {
            throw ModelNotFound(
                setup.endpoints.isEmpty && setup.aliases.isEmpty
                    ? Self.noProvider(setup.problems)
                    : "no model was chosen: `kernel model list` shows those that there are, and "
                        + "`kernel model use NAME` chooses one")
        }
        let first = try target(wanted)
        let alias = setup.aliases[wanted]
        let standIns = alias.map(\.fallback).flatMap { $0.isEmpty ? nil : $0 } ?? setup.fallback
        var targets = [first]
        for name in standIns {
            // One that is not there any more must not keep the wanted one from being asked.
            guard let target = try? target(name), !targets.contains(target) else { continue }
            targets.append(target)
        }
        return targets
    }

    private static func noProvider(_ problems: [String: String]) -> String {
        if let problem = problems.min(by: { $0.key < $1.key }) {
            return "no model can be asked: \(problem.key): \(problem.value)"
        }
        return "no provider of models is configured: `kernel setup` finds a model that answers; "
            + "or write [providers.deepseek] (or openai, "
            + "anthropic, gemini, ollama, llama-server …) to kernel.toml, and model = \"…\" "
            + "to [chat]"
    }

    private func target(_ name: String) throws(ModelNotFound) -> ModelTarget {
        let setup = setup
        if let alias = setup.aliases[name] {
            switch alias.place {
            case .local: return ModelTarget(local: name)
            case .reference(let reference):
                var target = try target(reference)
                if let most = alias.answerTokensMax { target = target.answering(atMost: most) }
                return target
            }
        }
        if let reference = ModelReference(name) {
            if reference.provider == ModelTarget.localProvider {
                return try target(reference.model)
            }
            return try target(reference)
        }
        return try targetWithoutProvider(name)
    }

    /// A provider's own name of a model is enough if only one has it.
    private func targetWithoutProvider(_ name: String) throws(ModelNotFound) -> ModelTarget {
        let listings = listings()
        let found = listings.filter { $0.reference.model == name }
        guard let only = found.first else {
            let known = listings.flatMap { [$0.alias, "\($0.reference)"].compactMap { $0 } }
            throw ModelNotFound(
                "there is no model \"\(name)\"" + Self.question(name, known)
                    + "; `kernel model list` shows all of them")
        }
        guard found.count == 1 else {
            let names = found.map { "\($0.reference)" }.joined(separator: ", ")
            throw ModelNotFound("several providers have a model \"\(name)\": \(names)")
        }
        return try target(only.reference)
    }

    private func target(_ reference: ModelReference) throws(ModelNotFound) -> ModelTarget {
        let setup = setup
        if let problem = setup.problems[reference.provider] {
            throw ModelNotFound("\(reference): \(problem)")
        }
        guard let endpoint = setup.endpoints[reference.provider] else {
            let known = setup.endpoints.keys.sorted()
            throw ModelNotFound(
                "there is no provider \"\(reference.provider)\""
                    + Self.question(reference.provider, known)
                    + "; providers stand in [providers.<name>] of kernel.toml")
        }
        guard let description = providers.descriptions[endpoint.module] else {
            throw ModelNotFound(
                "the module \(endpoint.module), which speaks to \(endpoint.name), is not in service"
            )
        }
        return ModelTarget(
            info(of: reference, at: endpoint, description), at: endpoint,
            dialect: description.dialect)
    }

    /// What is known of the model, what was learnt last before what is generally so.
    private func info(
        of reference: ModelReference, at endpoint: ModelEndpoint,
        _ description: ProviderDescription
    ) -> ModelInfo {
        let server = ListedServer(endpoint)
        let (listed, details) = state.withLock { state in
            let details = state.details[reference]
            return (
                state.lists[server]?[reference.model],
                details?.server == server ? details?.info : nil
            )
        }
        let preset = description.presets.first { $0.id == endpoint.preset }
        var info = preset?.model(reference.model) ?? ModelInfo(id: reference.model)
        if let listed { info.take(listed) }
        if let details { info.take(details) }
        info.imageTypes = info.imageTypes ?? description.imageTypes
        return info
    }

    private static func question(_ word: String, _ known: [String]) -> String {
        Spelling.closest(to: word, among: known).map { "; did you mean \"\($0)\"?" } ?? ""
    }

    // MARK: Lists

    /// All models that are known, in the order of their names.
    package func listings() -> [ModelListing] {
        let setup = setup
        let descriptions = providers.descriptions
        var listings: [ModelListing] = []
        for (name, alias) in setup.aliases.sorted(by: { $0.key < $1.key }) {
            guard let target = try? target(name) else { continue }
            var listing = ModelListing(target.reference, target.info)
            listing.alias = name
            listing.isLocal = alias.place == .local
            listing.isStandard = setup.standard == name
            listings.append(listing)
        }
        for (name, endpoint) in setup.endpoints.sorted(by: { $0.key < $1.key }) {
            guard let description = descriptions[endpoint.module] else { continue }
            for id in ids(of: endpoint, description, setup) {
                let reference = ModelReference(provider: name, model: id)
                var listing = ModelListing(
                    reference, info(of: reference, at: endpoint, description))
                listing.isStandard = setup.standard == "\(reference)"
                listings.append(listing)
            }
        }
        return listings
    }

    private func ids(
        of endpoint: ModelEndpoint, _ description: ProviderDescription, _ setup: ModelSetup
    ) -> [String] {
        if let listed = setup.listed[endpoint.name], !listed.isEmpty { return listed }
        if let list = list(of: endpoint) { return list.models.map(\.id) }
        let preset = description.presets.first { $0.id == endpoint.preset }
        return (preset?.models ?? []).map(\.id).filter { !$0.hasSuffix("*") }.sorted()
    }

    /// A server has said which models it has.
    package func learned(_ models: ListedModels, of endpoint: ModelEndpoint) {
        let server = ListedServer(endpoint)
        let list = ModelList(models, atSeconds: SystemClock.wallNanoseconds / 1_000_000_000)
        // One that is replaced is let go of outside of the lock.
        _ = state.withLock { $0.lists.updateValue(list, forKey: server) }
        writing.withLock { _ in
            if let list = state.withLock({ $0.lists[server] }) { folder.write(list, of: server) }
        }
    }

    /// What the provider's server, as it is configured now, has said that it has.
    private func list(of endpoint: ModelEndpoint) -> ModelList? {
        let server = ListedServer(endpoint)
        return state.withLock { $0.lists[server] }
    }

    /// When the provider's list is from; nil: there is none.
    package func listedSeconds(_ endpoint: ModelEndpoint) -> UInt64? {
        list(of: endpoint)?.atSeconds
    }

    /// What of the server's list is not among its models.
    package func leftOut(_ endpoint: ModelEndpoint) -> [ListedModels.LeftOut] {
        list(of: endpoint)?.leftOut ?? []
    }

    // MARK: Single models

    /// More is known of one model.
    package func learned(
        _ info: ModelInfo, of reference: ModelReference, at endpoint: ModelEndpoint
    ) {
        let details = State.Details(
            info: info, server: ListedServer(endpoint),
            atNanoseconds: SystemClock.monotonicNanoseconds)
        _ = state.withLock { $0.details.updateValue(details, forKey: reference) }
    }

    /// The server is not there any more: what it was started with next is not known.
    package func forget(_ reference: ModelReference) {
        _ = state.withLock { $0.details.removeValue(forKey: reference) }
    }

    /// When the server was last asked about the model; nil: never, as it is configured now.
    package func learnedNanoseconds(
        _ reference: ModelReference, at endpoint: ModelEndpoint
    ) -> UInt64? {
        state.withLock { state in
            guard let details = state.details[reference],
                details.server == ListedServer(endpoint)
            else { return nil }
            return details.atNanoseconds
        }
    }
}

extension ModelInfo {
    /// What the other knows better.
    fileprivate mutating func take(_ later: ModelInfo) {
        name = later.name ?? name
        windowTokens = later.windowTokens ?? windowTokens
        answerTokensMax = later.answerTokensMax ?? answerTokensMax
        takesImages = later.takesImages ?? takesImages
        imageTypes = later.imageTypes ?? imageTypes
        takesTools = later.takesTools ?? takesTools
        thinks = later.thinks ?? thinks
        inputPrice = later.inputPrice ?? inputPrice
        outputPrice = later.outputPrice ?? outputPrice
    }
}
