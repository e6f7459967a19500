import KernelBase
package import KernelBuilds
package import KernelFlight
package import KernelHosting
import KernelSystem
package import KernelWorkers
import Synchronization

/// One build of a module in service: an instance in this process once it is needed, and workers
/// for the tasks that run in processes.
package final class Generation: Sendable {
    package let number: UInt64
    package let source: String
    package let build: Build
    package let manifest: Manifest
    package let abilities: ModuleInstance.Abilities
    package let workers: WorkerPool
    /// The module has used up what may stay mapped in this process, or must not run in it: all its
    /// tasks run in workers.
    package let runsInWorkersOnly: Bool
    /// Why the build must not run in this process; nil if it may.
    package let isolation: String?
    /// How the flight recorder names this build.
    package let recorded: FlightBuild
    private let taskIndices: [String: Int]

    private let inFlight = Atomic(0)
    private let drained = Condition(false)
    private let instanceState = Condition(InstanceState.absent)
    private let mapper: Mapper

    package typealias Made = Result<ModuleInstance, ModuleFailure>
    package typealias Waiter = @Sendable (Made) -> Void

    /// Makes an instance of this generation in this process, and tells its waiter in the end.
    package typealias Mapper = @Sendable (Generation, @escaping Waiter) -> Void

    /// Where the code of a generation may run.
    struct Place: Sendable {
        var runsInWorkersOnly = false
        var isolation: String?
    }

    private enum InstanceState {
        case absent
        case making([Waiter])
        case made(Made)
    }

    init(
        number: UInt64, source: String, probed: Probed, workers: WorkerPool,
        place: Place, mapper: @escaping Mapper
    ) {
        self.number = number
        self.source = source
        build = probed.build
        manifest = probed.manifest
        abilities = probed.abilities
        self.workers = workers
        runsInWorkersOnly = place.runsInWorkersOnly
        isolation = place.isolation
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
        if inFlight.subtract(1, ordering: .acquiringAndReleasing).newValue == 0 {
            drained.broadcast()
        }
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

    /// No call is in flight, and the instance works on none that nobody waits for any more.
    /// An instance that is being made will be there to be freed.
    var isIdle: Bool {
        guard callsInFlight == 0 else { return false }
        return instanceState.withLock { state in
            switch state {
            case .absent, .made(.failure): true
            case .making: false
            case .made(.success(let instance)): instance.isIdle
            }
        }
    }

    // MARK: The instance in this process

    /// The instance if there is one already.
    package var instanceIfPresent: ModuleInstance? {
        instanceState.withLock { state in
            if case .made(.success(let instance)) = state { return instance }
            return nil
        }
    }

    /// As `instanceIfPresent`, but waits for one that is being made.
    func instanceOnceMade(withinSeconds seconds: Double) -> ModuleInstance? {
        let deadline = SystemClock.monotonicNanoseconds + UInt64(seconds * 1e9)
        return instanceState.wait(untilNanoseconds: deadline) { state -> ModuleInstance?? in
            switch state {
            case .making: nil
            case .made(.success(let instance)): .some(instance)
            case .absent, .made(.failure): .some(nil)
            }
        } ?? nil
    }

    /// Why the instance could not be made at the first use; nil if it was, or was not wanted yet.
    package var makingProblem: String? {
        instanceState.withLock { state in
            if case .made(.failure(let reason)) = state { return "\(reason)" }
            return nil
        }
    }

    /// Tells of the instance, which is made now if this is the first use: `waiter` then hears of
    /// it later, on a thread that it must not hold, so that nobody waits for a module that hangs.
    package func withInstance(_ waiter: @escaping Waiter) {
        let (made, begins) = instanceState.withLock { state -> (Made?, Bool) in
            switch state {
            case .absent:
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
        if begins { mapper(self) { self.settle($0) } }
    }

    private func settle(_ made: Made) {
        let waiters = instanceState.withLock { state -> [Waiter] in
            defer { state = .made(made) }
            if case .making(let waiters) = state { return waiters }
            return []
        }
        instanceState.broadcast()
        for waiter in waiters { waiter(made) }
    }

    /// The instance was made by the transaction that brings this generation into service.
    func adopt(_ instance: ModuleInstance) {
        settle(.success(instance))
    }

    /// Nobody will call this generation any more.
    func retire() {
        workers.retire()
    }
}

/// What the probe found out about a build.
struct Probed: Sendable {
    let build: Build
    let manifest: Manifest
    let abilities: ModuleInstance.Abilities
}
