import KernelBase
package import KernelBuilds
package import KernelFlight
package import KernelHosting
package import KernelResidence
package import KernelSandbox
import KernelSystem
package import KernelWorkers
package import ModuleChat
import Synchronization

/// One build of a module in service: an instance once it is needed, in this process or in a worker
/// of its own, and workers for the tasks that run in processes.
package final class Generation: Sendable {
    package let number: UInt64
    package let source: String
    package let origin: Catalogue.Origin
    package let build: Build
    package let manifest: Manifest
    package let abilities: ModuleInstance.Abilities
    /// What it provides; nil if it is no provider of models.
    package let provider: ProviderDescription?
    package let workers: WorkerPool
    /// Where the instance lives.
    package let home: IsolationDecision
    /// How the flight recorder names this build.
    package let recorded: FlightBuild
    private let taskIndices: [String: Int]

    private let inFlight = Atomic(0)
    private let drained = Condition<[@Sendable () -> Void]>([])
    private let isAwaited = Atomic(false)
    private let instanceState = Condition(InstanceState.absent)
    private let facts = Mutex(Facts())
    private let mapper: Mapper

    package typealias Made = Result<any LiveInstance, Unavailable>
    package typealias Waiter = @Sendable (Made) -> Void

    /// Makes an instance of this generation, and tells its waiter in the end.
    package typealias Mapper = @Sendable (Generation, @escaping Waiter) -> Void

    private enum InstanceState {
        case absent
        case making([Waiter])
        case made(Made)
        case resting(Rest)
    }

    /// The worker that ended last, of those that this generation had.
    private struct Loss {
        let resident: Resident
        /// Whoever made its instance has handed it over.
        var wasInService: Bool
        /// Decides what follows, once that is so.
        var aftermath: (@Sendable () -> Void)?
    }

    private struct Facts {
        var saved: SavedState?
        /// There was an instance in service.
        var wasUsed = false
        var loss: Loss?
        /// Another generation takes over, or has.
        var isLeaving = false
        var walls: Walls?
    }

    init(
        number: UInt64, source: String, origin: Catalogue.Origin, probed: Probed,
        workers: WorkerPool, home: IsolationDecision, mapper: @escaping Mapper
    ) {
        self.number = number
        self.source = source
        self.origin = origin
        build = probed.build
        manifest = probed.manifest
        abilities = probed.abilities
        provider = probed.provider
        self.workers = workers
        self.home = home
        taskIndices = Dictionary(
            uniqueKeysWithValues: probed.manifest.tasks.enumerated().map { ($1.name, $0) })
        self.mapper = mapper
        recorded = FlightRecorder.register(
            module: probed.manifest.id, version: probed.manifest.version.description,
            hash: probed.build.hash, generation: number,
            tasks: probed.manifest.tasks.map(\.name))
    }

    package func taskIndex(_ name: String) -> Int? { taskIndices[name] }

    // MARK: Calls in flight

    /// Called with the slot's gate locked, so that no call slips in after a drain has begun.
    func enter() {
        inFlight.add(1, ordering: .acquiring)
    }

    package func leave() {
        guard inFlight.subtract(1, ordering: .sequentiallyConsistent).newValue == 0 else { return }
        drained.broadcast()
        if isAwaited.load(ordering: .sequentiallyConsistent) { tellDrained() }
    }

    private func tellDrained() {
        let waiters = drained.withLock { waiters in
            defer { waiters = [] }
            return waiters
        }
        for waiter in waiters { waiter() }
    }

    /// Calls `waiter` once no call is in flight, and the instance works on none that nobody waits
    /// for any more. No new call may come meanwhile.
    func whenIdle(_ waiter: @escaping @Sendable () -> Void) {
        drained.withLock { waiters in
            waiters.append {
                self.whenMade { made in
                    guard let made else { return waiter() }
                    made.whenIdle(waiter)
                }
            }
        }
        isAwaited.store(true, ordering: .sequentiallyConsistent)
        if callsInFlight == 0 { tellDrained() }
    }

    package var callsInFlight: Int { inFlight.load(ordering: .acquiring) }

    /// Waits until no call is in flight; false if the deadline passes first. New calls must be
    /// kept out meanwhile.
    func waitUntilDrained(untilNanoseconds deadline: UInt64) -> Bool {
        while callsInFlight > 0 {
            // `leave` does not take the lock, so that a signal may be missed: look again soon.
            let now = SystemClock.monotonicNanoseconds
            guard now < deadline else { return false }
            let slice = min(deadline, now + 1_000_000)
            _ = drained.wait(untilNanoseconds: slice) { _ in self.callsInFlight == 0 ? true : nil }
        }
        return true
    }

    // MARK: The instance

    /// The instance if there is one already.
    package var instanceIfPresent: (any LiveInstance)? {
        instanceState.withLock { state in
            if case .made(.success(let instance)) = state { return instance }
            return nil
        }
    }

    /// As `instanceIfPresent`, but waits for one that is being made.
    package func instanceOnceMade(withinSeconds seconds: Double) -> (any LiveInstance)? {
        let deadline = SystemClock.monotonicNanoseconds + UInt64(seconds * 1e9)
        return instanceState.wait(untilNanoseconds: deadline) { state -> (any LiveInstance)?? in
            switch state {
            case .making: nil
            case .made(.success(let instance)): .some(instance)
            case .absent, .resting, .made(.failure): .some(nil)
            }
        } ?? nil
    }

    /// Tells of the instance if there is one, or will be one soon; it is not made for this.
    private func whenMade(_ waiter: @escaping @Sendable ((any LiveInstance)?) -> Void) {
        let made = instanceState.withLock { state -> Made?? in
            switch state {
            case .absent, .resting: return .some(nil)
            case .made(let made): return .some(made)
            case .making(let waiters):
                state = .making(waiters + [{ waiter(try? $0.get()) }])
                return nil
            }
        }
        if let made { waiter(try? made?.get()) }
    }

    /// Why the instance could not be made, or is not used for a while; nil if it is there, or was
    /// not wanted yet.
    package var unavailable: Unavailable? {
        instanceState.withLock { state in
            switch state {
            case .made(.failure(let reason)): reason
            case .resting(let rest) where rest.isInForce: .resting(rest)
            default: nil
            }
        }
    }

    /// The same as a sentence, with what to do.
    package var trouble: String? {
        switch unavailable {
        case nil: nil
        case .resting(let rest)?: "it is \(rest.words)"
        case .failed(let failure)?:
            "\(Unavailable.failed(failure)); /module reload \(manifest.id) tries again"
        }
    }

    /// Tells of the instance, which is made now if this is the first use: `waiter` then hears of
    /// it later, on a thread that it must not hold, so that nobody waits for a module that hangs.
    package func withInstance(_ waiter: @escaping Waiter) {
        let (made, begins) = instanceState.withLock { state -> (Made?, Bool) in
            switch state {
            case .resting(let rest) where rest.isInForce:
                return (.failure(.resting(rest)), false)
            case .absent, .resting:
                state = .making([waiter])
                return (nil, true)
            case .making(let waiters):
                state = .making(waiters + [waiter])
                return (nil, false)
            case .made(let made):
                return (made, false)
            }
        }
        if let made { return waiter(made) }
        if begins { make() }
    }

    private func make() {
        mapper(self) { self.settle($0) }
    }

    private func settle(_ made: Made) {
        let next: InstanceState =
            if case .failure(.resting(let rest)) = made { .resting(rest) } else { .made(made) }
        let (waiters, aftermath) = instanceState.withLock { state in
            let waiting: [Waiter] = if case .making(let waiting) = state { waiting } else { [] }
            // They go on waiting, for what follows from the end of its worker.
            if case .success(let instance) = made, let aftermath = handOver(instance) {
                state = .making(waiting)
                return ([Waiter](), aftermath)
            }
            state = next
            return (waiting, {})
        }
        instanceState.broadcast()
        for waiter in waiters { waiter(made) }
        aftermath()
    }

    /// An instance comes into service: nil, or what follows if its worker has ended meanwhile.
    private func handOver(_ instance: any LiveInstance) -> (@Sendable () -> Void)? {
        facts.withLock { facts in
            facts.wasUsed = true
            guard let loss = facts.loss, loss.resident === instance else { return nil }
            facts.loss = Loss(resident: loss.resident, wasInService: true)
            return loss.aftermath ?? {}
        }
    }

    /// Those who waited for the instance.
    private func take(_ next: InstanceState) -> [Waiter] {
        defer { instanceState.broadcast() }
        return instanceState.withLock { state in
            defer { state = next }
            if case .making(let waiters) = state { return waiters }
            return []
        }
    }

    /// The instance was made by the transaction that brings this generation into service.
    func adopt(_ instance: any LiveInstance) {
        settle(.success(instance))
    }

    /// Nobody will call this generation any more.
    package func retire() {
        isLeaving = true
        workers.retire()
    }
}

// MARK: A worker that ends

extension Generation {
    /// The worker of the instance is gone: calls that come now wait for what follows from that,
    /// which `revive`, `rest` or `letGo` says.
    func lose(_ resident: Resident) {
        instanceState.withLock { state in
            let wasInService =
                if case .made(.success(let instance)) = state { instance === resident } else {
                    false
                }
            facts.withLock { $0.loss = Loss(resident: resident, wasInService: wasInService) }
            if wasInService { state = .making([]) }
        }
    }

    /// Has it decided what follows from the end of a worker: now, or once its instance has been
    /// handed over. An instance that never is was not in service, and who made it sees to that.
    func afterLoss(
        of resident: Resident, decide: @escaping @Sendable () -> String
    ) -> String? {
        let isNow = facts.withLock { facts in
            guard facts.loss?.resident === resident else { return false }
            if facts.loss?.wasInService == true { return true }
            facts.loss?.aftermath = { _ = decide() }
            return false
        }
        return isNow ? decide() : nil
    }

    /// There has been an instance in service.
    var wasUsed: Bool { facts.withLock { $0.wasUsed } }

    /// Makes another instance for those who wait.
    func revive() {
        make()
    }

    /// Refuses calls for a while.
    func rest(_ rest: Rest) {
        settle(.failure(.resting(rest)))
    }

    /// The instance is made again when somebody calls.
    func letGo(_ reason: String) {
        let waiters = take(.absent)
        for waiter in waiters { waiter(.failure(.resting(Rest(what: { reason })))) }
    }

    package var rest: Rest? {
        instanceState.withLock { state in
            if case .resting(let rest) = state, rest.isInForce { return rest }
            return nil
        }
    }

    /// What was in the way of this generation has been put right: it is tried again now.
    package func endRest() {
        let begins = instanceState.withLock { state -> Bool in
            switch state {
            case .resting, .made(.failure):
                state = .making([])
                return true
            case .absent, .making, .made(.success):
                return false
            }
        }
        if begins { make() }
    }

    /// The state as it was last saved, for the instance that comes next.
    var saved: SavedState? {
        get { facts.withLock { $0.saved } }
        set { facts.withLock { $0.saved = newValue } }
    }

    /// What stands around the worker that the instance lives in.
    package var walls: Walls? {
        get { facts.withLock { $0.walls } }
        set { facts.withLock { $0.walls = newValue } }
    }

    /// An instance that is lost is not made again by itself.
    package var isLeaving: Bool {
        get { facts.withLock { $0.isLeaving } }
        set { facts.withLock { $0.isLeaving = newValue } }
    }
}

/// What the probe found out about a build.
package struct Probed: Sendable {
    package let build: Build
    package let manifest: Manifest
    package let abilities: ModuleInstance.Abilities
    package let provider: ProviderDescription?

    package init(
        build: Build, manifest: Manifest, abilities: ModuleInstance.Abilities,
        provider: ProviderDescription?
    ) {
        self.build = build
        self.manifest = manifest
        self.abilities = abilities
        self.provider = provider
    }
}
