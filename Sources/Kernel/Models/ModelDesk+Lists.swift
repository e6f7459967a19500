import KernelBase
import KernelHTTP
import KernelLists
import KernelSystem
import ModuleChat
import ModuleJSON
import Synchronization

/// The lists of the servers' models, and how they are kept fresh.
extension ModelDesk {
    /// A list that is older is asked for again while it is shown.
    private static let freshSeconds: UInt64 = 600
    /// A server that failed is left alone so long, unless somebody wants it asked.
    private static let restNanoseconds: UInt64 = 30_000_000_000
    /// So long who asks waits for servers whose models are not known at all, and so long for all.
    private static let firstWaitSeconds = 3.0
    private static let wholeWaitSeconds = 15.0

    package struct Overview: Sendable {
        package var models: [ModelListing]
        /// By name, of every provider of the configuration.
        package var providers: [ProviderState]
    }

    package struct ProviderState: Sendable, Hashable {
        package let name: String
        package let module: String?
        package let base: String?
        package let models: Int
        /// When its list is from, in seconds since 1970.
        package let listedSeconds: UInt64?
        /// Why it cannot be used, or did not say its models.
        package let problem: String?
        /// What of its list was left out.
        package let leftOut: String?
    }

    /// All models. Lists that are old are asked for anew, and waited for if there is none or if
    /// `isRefreshed` says so; false asks nobody.
    package func list(
        _ isRefreshed: Bool?, _ done: @escaping @Sendable (Overview) -> Void
    ) {
        let directory = directory
        let asked = directory.setup.endpoints.values.filter { endpoint in
            directory.setup.listed[endpoint.name]?.isEmpty != false
                && (isRefreshed ?? isOld(endpoint, directory))
        }
        let awaited =
            isRefreshed == true ? asked : asked.filter { directory.listedSeconds($0) == nil }
        let isLooked = isRefreshed != false
        let shown = isLooked ? Array(directory.setup.endpoints.values) : []
        // One more for what the servers have in memory.
        let gate = Gate(awaited.count + 1) { done(self.overview) }
        learnRunning(of: shown) { gate.pass() }
        for endpoint in asked {
            let isAwaited = awaited.contains { $0.name == endpoint.name }
            refresh(endpoint, directory) { if isAwaited { gate.pass() } }
        }
        guard !awaited.isEmpty else { return }
        let seconds = isRefreshed == true ? Self.wholeWaitSeconds : Self.firstWaitSeconds
        alarms.run(afterSeconds: seconds) { gate.open() }
    }

    private func isOld(_ endpoint: ModelEndpoint, _ directory: ModelDirectory) -> Bool {
        if let failure = lists.withLock({ $0.failures[endpoint.name] }),
            failure.server == ListedServer(endpoint)
        {
            return SystemClock.monotonicNanoseconds - failure.atNanoseconds > Self.restNanoseconds
        }
        guard let listed = directory.listedSeconds(endpoint) else { return true }
        let now = SystemClock.wallNanoseconds / 1_000_000_000
        return now > listed + Self.freshSeconds || listed > now
    }

    /// Those who want the same list share one question.
    private func refresh(
        _ endpoint: ModelEndpoint, _ directory: ModelDirectory,
        _ done: @escaping @Sendable () -> Void
    ) {
        let isFirst = lists.withLock { lists in
            defer { lists.waiting[endpoint.name, default: []].append(done) }
            return lists.waiting[endpoint.name] == nil
        }
        guard isFirst else { return }
        let work = ModelWork { result in
            let failure = Self.take(result, of: endpoint, directory)
            let waiting = self.lists.withLock { lists in
                let now = SystemClock.monotonicNanoseconds
                lists.failures[endpoint.name] = failure.map {
                    Lists.Failure(
                        failure: $0, server: ListedServer(endpoint), atNanoseconds: now)
                }
                return lists.waiting.removeValue(forKey: endpoint.name)
            }
            for done in waiting ?? [] { done() }
        }
        begin(work, .models, endpoint)
    }

    private static func take(
        _ result: Result<JSON, ChatFailure>, of endpoint: ModelEndpoint,
        _ directory: ModelDirectory
    ) -> ChatFailure? {
        switch result {
        case .failure(let failure): return failure
        case .success(let json):
            guard let models = json.array else {
                return ChatFailure(.malformed, "the server sent no list of models")
            }
            directory.learned(ListedModels(models), of: endpoint)
            return nil
        }
    }

    /// Of the server as it is configured now.
    private static func failure(_ failure: Lists.Failure?, _ endpoint: ModelEndpoint?) -> String? {
        guard let failure, let endpoint, failure.server == ListedServer(endpoint) else {
            return nil
        }
        return failure.failure.message
    }

    private var overview: Overview {
        let directory = directory
        let setup = directory.setup
        let models = directory.listings()
        let names = Set(setup.endpoints.keys).union(setup.problems.keys).sorted()
        let failures = lists.withLock { $0.failures }
        var counts: [String: Int] = [:]
        for model in models where model.alias == nil {
            counts[model.reference.provider, default: 0] += 1
        }
        let states = names.map { name in
            let endpoint = setup.endpoints[name]
            return ProviderState(
                name: name, module: endpoint?.module, base: endpoint?.base,
                models: counts[name] ?? 0,
                listedSeconds: endpoint.flatMap { directory.listedSeconds($0) },
                problem: setup.problems[name] ?? Self.failure(failures[name], endpoint)
                    ?? directory.setup.warnings[name],
                leftOut: endpoint.flatMap { ListedModels.sentence(directory.leftOut($0)) })
        }
        return Overview(models: models, providers: states)
    }
}
