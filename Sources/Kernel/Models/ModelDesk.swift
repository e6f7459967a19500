import KernelBase
import KernelConfig
package import KernelHTTP
import KernelLists
package import KernelSystem
import ModuleChat
import ModuleJSON
import Synchronization

/// What the kernel does with models: finds them by name, asks them, and has their servers list,
/// pull, load and unload them. Nothing of it costs anything before it is used.
package final class ModelDesk: Sendable {
    package let client: HTTPClient
    let providers: any ProviderSource
    package let local: any LocalModelSource
    let alarms: Alarms
    let endpoints: EndpointDesk
    private let pool = ThreadPool(name: "questions", threadsMax: questionsAtOnceMax)
    let lists = Mutex(Lists())
    private let configuration: @Sendable () -> ModelConfiguration
    private let cacheFolder: String
    private let made = Mutex<ModelDirectory?>(nil)
    private let known = Mutex<Known?>(nil)
    private let chosen = Mutex<ModelChoice?>(nil)

    /// So many chats are made into orders at the same time.
    private static let questionsAtOnceMax = 4

    /// What the configuration says of models, and what that was made of.
    private struct Known {
        let reading: Configuration.Reading
        let shelf: SecretShelf
        let descriptions: [String: ProviderDescription]
        let bundled: Set<String>
        let setup: ModelSetup
    }

    /// What is going on between the servers and the lists of their models.
    struct Lists {
        var waiting: [String: [@Sendable () -> Void]] = [:]
        var failures: [String: Failure] = [:]
        /// When servers were asked about a model and did not answer in time.
        var silent: [ModelReference: UInt64] = [:]
        /// What they said last that they have in memory.
        var running: [ListedServer: Running] = [:]

        struct Failure {
            let failure: ChatFailure
            let server: ListedServer
            let atNanoseconds: UInt64
        }
    }

    /// `client` is closed with it. `configuration` is asked with each `refresh`: a change counts
    /// from the next question on. `warn` is told what a person should mend.
    package init(
        providers: any ProviderSource, local: any LocalModelSource = NoLocalModels(),
        client: HTTPClient = HTTPClient(), alarms: Alarms, cacheFolder: String,
        warn: @escaping @Sendable (String) -> Void = { _ in },
        configuration: @escaping @Sendable () -> ModelConfiguration
    ) {
        self.providers = providers
        self.local = local
        self.client = client
        self.alarms = alarms
        endpoints = EndpointDesk(warn: warn)
        self.cacheFolder = cacheFolder
        self.configuration = configuration
    }

    /// The models as they were at the last `refresh`. Costs nothing, on any thread.
    package var directory: ModelDirectory {
        known.withLock { $0 == nil } ? refresh() : madeDirectory
    }

    private var madeDirectory: ModelDirectory {
        made.withLock { made in
            let directory = made ?? ModelDirectory(providers: providers, cacheFolder: cacheFolder)
            made = directory
            return directory
        }
    }

    /// Takes up what has changed in the configuration, in the modules that provide models, and in
    /// the files of keys. With every question, on a thread that may wait for the disk.
    @discardableResult
    package func refresh() -> ModelDirectory {
        let source = configuration()
        let (descriptions, bundled) = (providers.descriptions, providers.bundled)
        let old = known.withLock { $0 }
        let reading = source.configuration.reading
        let isSame = old?.reading === reading
        if let old, isSame, old.descriptions == descriptions, old.bundled == bundled,
            !old.shelf.isOld
        {
            return madeDirectory
        }
        let shelf = old.flatMap { isSame ? $0.shelf : nil } ?? SecretShelf(source.secrets)
        let onShelf = ModelConfiguration(
            source.configuration, shelf.source, environment: source.environment)
        let new = Known(
            reading: reading, shelf: shelf, descriptions: descriptions, bundled: bundled,
            setup: ModelSetup(onShelf, descriptions, bundled: bundled))
        // What is replaced is let go of outside of the lock.
        _ = known.withLock { known in
            defer { known = new }
            return known
        }
        use(new)
        return madeDirectory
    }

    private func use(_ known: Known) {
        var setup = known.setup
        if let choice = chosen.withLock({ $0 }), choice.over == setup.standard {
            setup.standard = choice.model
        }
        madeDirectory.use(setup)
    }

    // MARK: The default

    /// The model that a person has chosen over the one that the configuration names. It holds until
    /// the configuration names another: what was chosen last counts.
    package func choose(_ choice: ModelChoice?) {
        chosen.withLock { $0 = choice }
        if let known = known.withLock({ $0 }) { use(known) }
    }

    /// What the choice of that model stands over.
    package func choice(of model: String) -> ModelChoice {
        ModelChoice(model: model, over: configuration().configuration.chat.model)
    }

    // MARK: Asking

    package var tools: AnsweringTools {
        AnsweringTools(
            providers: providers, local: local, desk: endpoints, client: client, alarms: alarms,
            pool: pool)
    }

    /// The models to be asked for a name, nil for the default. A server that the user named, or of
    /// this machine, is first asked how large the model's window is, where that is not known.
    /// That takes a while: `waits` gets what can be cancelled, before there is an end to it.
    package func find(
        _ name: String?, waits: (ModelWork) -> Void = { _ in },
        _ done: @escaping @Sendable (Result<[ModelTarget], ModelNotFound>) -> Void
    ) {
        do throws(ModelNotFound) {
            let targets = try directory.targets(for: name)
            guard let first = targets.first, needsDetails(first) else {
                return done(.success(targets))
            }
            learnDetails(of: first, waits: waits) { _ in
                // What is known has become more, and not less.
                done(.success((try? self.directory.targets(for: name)) ?? targets))
            }
        } catch {
            done(.failure(error))
        }
    }

    /// A server of this machine may have been started anew, with another window: so long what it
    /// said holds.
    private static let detailsNanoseconds: UInt64 = 60_000_000_000
    /// So long one is left alone that did not answer in time.
    private static let silenceNanoseconds: UInt64 = 30_000_000_000

    func needsDetails(_ target: ModelTarget) -> Bool {
        // Vendors' lists say it, or nobody does; a server of one's own may say it of each model.
        guard case .server(let endpoint, _) = target.place, endpoint.reach == .everything,
            canDescribe(endpoint)
        else { return false }
        let now = SystemClock.monotonicNanoseconds
        if let silent = lists.withLock({ $0.silent[target.reference] }) {
            guard now - silent > Self.silenceNanoseconds else { return false }
        }
        if let learned = directory.learnedNanoseconds(target.reference, at: endpoint) {
            return URLText.isLoopback(URLText.host(of: endpoint.base))
                && now - learned > Self.detailsNanoseconds
        }
        return target.info.windowTokens == nil
    }

    /// How it stands with a model that the kernel runs itself, or of a server that tells.
    package func condition(of target: ModelTarget) -> LocalCondition? {
        switch target.place {
        case .local(let name): local.condition(of: name)
        case .server(let endpoint, _): condition(of: target.info.id, at: endpoint)
        }
    }

    package func condition(of listing: ModelListing) -> LocalCondition? {
        if listing.isLocal { return local.condition(of: listing.reference.model) }
        return directory.setup.endpoints[listing.reference.provider].flatMap {
            condition(of: listing.reference.model, at: $0)
        }
    }

    /// Ends every exchange with a server.
    package func close() {
        client.close()
        pool.close()
    }
}

/// A model that somebody has chosen as the default.
package struct ModelChoice: Sendable, Hashable {
    package let model: String
    /// What the configuration named then.
    package let over: String?

    package init(model: String, over: String?) {
        self.model = model
        self.over = over
    }
}
