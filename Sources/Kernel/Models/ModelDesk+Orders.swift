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

    /// Has it done by the model's server. Nil if it ended at once.
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

    private func can(_ endpoint: ModelEndpoint, _ action: ProviderOrder.Action) -> Bool {
        let order = ProviderOrder(action, at: endpoint.server)
        return providers.descriptions[endpoint.module]?.orders.contains(order.kind) == true
    }

    func canDescribe(_ endpoint: ModelEndpoint) -> Bool { can(endpoint, .model("")) }

    func begin(
        _ work: ModelWork, _ action: ProviderOrder.Action, _ endpoint: ModelEndpoint,
        totalSeconds: Double? = answerSeconds
    ) {
        switch providers.provider(endpoint.module) {
        case .failure(let failure): work.end(.failure(failure))
        case .success(let port):
            var endpoint = endpoint
            endpoint.limits.totalSeconds = totalSeconds
            let now = SystemClock.monotonicNanoseconds
            let place = endpoints.keys(of: endpoint).next(without: [], now: now) ?? 0
            let key = endpoint.keys.indices.contains(place) ? endpoint.keys[place] : nil
            work.begin(
                ProviderExchange(
                    ProviderOrder(action, at: endpoint.server), by: port, at: endpoint, key: key,
                    client: client, work))
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
