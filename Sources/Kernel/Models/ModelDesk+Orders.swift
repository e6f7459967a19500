import KernelBase
import KernelHTTP
import KernelSystem
package import ModuleChat
import ModuleJSON
import Synchronization

/// Orders that are no chats.
extension ModelDesk {
    /// A server that is asked for what it knows answers soon, or not at all.
    private static let answerSeconds = 20.0
    private static let detailsSeconds = 5.0

    /// What can be done with a model besides chatting.
    package enum Deed: String, Sendable, CaseIterable {
        /// Downloads it to the server's machine.
        case pull
        case load
        case unload
    }

    /// Has it done by the model's server.
    @discardableResult
    package func carryOut(
        _ deed: Deed, _ target: ModelTarget, progress: @escaping ModelWork.Progress,
        _ done: @escaping ModelWork.Done
    ) -> ModelWork {
        let work = ModelWork(progress: progress, done)
        switch target.place {
        case .local(let name): carryOut(deed, local: name, work)
        case .server(let endpoint, _):
            let id = target.info.id
            let action: ProviderOrder.Action =
                switch deed {
                case .pull: .pull(id)
                case .load: .load(id)
                case .unload: .unload(id)
                }
            guard can(endpoint, action) else {
                work.end(
                    .failure(
                        ChatFailure(
                            .badRequest,
                            "\(endpoint.name) offers no way to \(deed.rawValue) a model: "
                                + "its server sees to that itself")))
                break
            }
            forgetRunning(at: endpoint)
            begin(work, action, endpoint, totalSeconds: nil)
        }
        return work
    }

    private func carryOut(_ deed: Deed, local name: String, _ work: ModelWork) {
        switch deed {
        case .load: work.load(name, from: local)
        case .unload: local.unload(name) { work.end($0.map { JSON.null }) }
        case .pull:
            work.end(
                .failure(
                    ChatFailure(
                        .badRequest, "\(name) is a file of this machine: there is nothing to pull"))
            )
        }
    }

    func can(_ endpoint: ModelEndpoint, _ action: ProviderOrder.Action) -> Bool {
        let order = ProviderOrder(action, at: endpoint.server)
        return providers.descriptions[endpoint.module]?.orders.contains(order.kind) == true
    }

    func canDescribe(_ endpoint: ModelEndpoint) -> Bool { can(endpoint, .model("")) }

    func begin(
        _ work: ModelWork, _ action: ProviderOrder.Action, _ endpoint: ModelEndpoint,
        totalSeconds: Double? = answerSeconds
    ) {
        var endpoint = endpoint
        endpoint.limits.totalSeconds = totalSeconds
        switch choice(at: endpoint, without: []) {
        case .failure(let failure): work.end(.failure(failure))
        case .success(let key): begin(work, action, endpoint, key: key, without: [])
        }
    }

    /// The key to use: one that does not rest, of a server that is not left alone.
    private func choice(
        at endpoint: ModelEndpoint, without tried: Set<Int>
    ) -> Result<Int, ChatFailure> {
        let now = SystemClock.monotonicNanoseconds
        if let refusal = endpoints.refusal(of: endpoint, now: now) { return .failure(refusal) }
        let keys = endpoints.keys(of: endpoint)
        if let key = keys.next(without: tried, now: now) { return .success(key) }
        guard let rest = keys.firstToWake(without: tried, now: now) else {
            return .failure(ChatFailure(.authentication, "no key of \(endpoint.name) is left"))
        }
        let seconds = Double(rest.untilNanoseconds - now) / 1e9
        return .failure(
            ChatFailure(
                rest.because.kind,
                "\(rest.because.message); it is to be asked again in \(Span.words(seconds)), "
                    + "not before", retryAfterSeconds: seconds))
    }

    /// With one key after the other, as far as they are refused or have met a limit.
    private func begin(
        _ work: ModelWork, _ action: ProviderOrder.Action, _ endpoint: ModelEndpoint, key: Int,
        without tried: Set<Int>
    ) {
        let port: any ProviderPort
        switch providers.provider(endpoint.module) {
        case .failure(let failure): return work.end(.failure(failure))
        case .success(let found): port = found
        }
        let exchange = ProviderExchange(
            ProviderOrder(action, at: endpoint.server), by: port, at: endpoint,
            key: endpoint.keys.indices.contains(key) ? endpoint.keys[key] : nil,
            means: ProviderExchange.Means(client: client, alarms: alarms), work)
        work.begin(exchange) { result, isOurs in
            guard !isOurs else { return true }
            guard case .failure(let failure) = result else {
                self.endpoints.worked(endpoint, key: key)
                return true
            }
            // That an answer took longer than it may here says nothing of the server.
            if failure.kind != .stalled || endpoint.limits.totalSeconds == nil {
                self.endpoints.failed(
                    endpoint, key: key, failure, now: SystemClock.monotonicNanoseconds)
            }
            let tried = tried.union([key])
            guard [.rateLimit, .quota, .authentication].contains(failure.kind),
                case .success(let next) = self.choice(at: endpoint, without: tried)
            else { return true }
            self.begin(work, action, endpoint, key: next, without: tried)
            return false
        }
    }

    /// Asks the model's server about it, if it can say anything; what it says is kept.
    package func learnDetails(
        of target: ModelTarget, waits: (ModelWork) -> Void = { _ in },
        _ done: @escaping @Sendable (Result<Void, ChatFailure>) -> Void
    ) {
        guard case .server(let endpoint, _) = target.place, canDescribe(endpoint) else {
            return done(.success(()))
        }
        let reference = target.reference
        let directory = directory
        let work = ModelWork { result in
            let known = result.flatMap { json -> Result<Void, ChatFailure> in
                do {
                    directory.learned(try ModelInfo(json), of: reference, at: endpoint)
                    return .success(())
                } catch {
                    return .failure(ChatFailure(.malformed, "\(error)"))
                }
            }
            if case .failure(let failure) = known { self.note(failure, reference, directory) }
            done(known)
        }
        waits(work)
        begin(
            work, .model(target.info.id), endpoint, totalSeconds: Self.detailsSeconds)
    }

    private func note(
        _ failure: ChatFailure, _ reference: ModelReference, _ directory: ModelDirectory
    ) {
        switch failure.kind {
        case .network: directory.forget(reference)
        case .stalled:
            let now = SystemClock.monotonicNanoseconds
            lists.withLock { $0.silent[reference] = now }
        default: break
        }
    }
}
