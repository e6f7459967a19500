import KernelBase
import KernelLists
import KernelSystem
package import ModuleChat
import ModuleJSON
import Synchronization

/// What servers have in memory now, as far as they tell.
extension ModelDesk {
    /// So long who looks at a list waits for it.
    private static let waitSeconds = 1.0
    private static let answerSeconds = 3.0
    /// So long it is believed: models come and go by themselves.
    private static let freshNanoseconds: UInt64 = 3_000_000_000

    struct Running: Sendable {
        let models: [RunningModel]
        let atNanoseconds: UInt64
    }

    /// Asks those of the servers that can tell; `done` is called when all have, or soon.
    func learnRunning(of asked: [ModelEndpoint], _ done: @escaping @Sendable () -> Void) {
        let asked = asked.filter { can($0, .running) && running(at: $0) == nil }
        guard !asked.isEmpty else { return done() }
        let gate = Gate(asked.count, done)
        for endpoint in asked {
            learnRunning(of: endpoint) { gate.pass() }
        }
        alarms.run(afterSeconds: Self.waitSeconds) { gate.open() }
    }

    func learnRunning(
        of endpoint: ModelEndpoint, waits: (ModelWork) -> Void = { _ in },
        _ done: @escaping @Sendable () -> Void
    ) {
        guard can(endpoint, .running) else { return done() }
        let server = ListedServer(endpoint)
        let work = ModelWork { result in
            let models = try? result.get().array?.compactMap { try? RunningModel($0) }
            let running = models.map {
                Running(models: $0, atNanoseconds: SystemClock.monotonicNanoseconds)
            }
            _ = self.lists.withLock { lists in
                defer { lists.running[server] = running }
                return lists.running[server]
            }
            done()
        }
        waits(work)
        begin(work, .running, endpoint, totalSeconds: Self.answerSeconds)
    }

    /// As `learnDetails`, and whether it is in memory.
    package func look(
        at target: ModelTarget, waits: @escaping @Sendable (ModelWork) -> Void,
        _ done: @escaping @Sendable (Result<Void, ChatFailure>) -> Void
    ) {
        learnDetails(of: target, waits: waits) { result in
            guard case .server(let endpoint, _) = target.place, case .success = result else {
                return done(result)
            }
            self.learnRunning(of: endpoint, waits: waits) { done(result) }
        }
    }

    private func running(at endpoint: ModelEndpoint) -> Running? {
        let running = lists.withLock { $0.running[ListedServer(endpoint)] }
        guard let running,
            SystemClock.monotonicNanoseconds - running.atNanoseconds < Self.freshNanoseconds
        else { return nil }
        return running
    }

    /// How it stands with a model of a server that tells.
    func condition(of model: String, at endpoint: ModelEndpoint) -> LocalCondition? {
        guard let running = running(at: endpoint) else { return nil }
        let model = running.models.first { $0.names.contains(model) }
        var condition = LocalCondition(
            state: model == nil ? "idle" : "ready", windowTokens: nil, reason: nil)
        condition.loadedTokens = model?.windowTokens
        condition.loadedBytes = model?.memoryBytes
        return condition
    }

    /// What was loaded or unloaded now is another state than was told.
    func forgetRunning(at endpoint: ModelEndpoint) {
        _ = lists.withLock { $0.running.removeValue(forKey: ListedServer(endpoint)) }
    }
}
