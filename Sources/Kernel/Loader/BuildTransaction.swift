import KernelBase
import KernelHosting
import KernelSystem
import KernelWorkers

/// Brings one build into service, or leaves everything as it was: does what `BuildLife` says.
/// Runs on the slot's lane.
struct BuildTransaction {
    let slot: ModuleSlot
    let source: String
    let opened: Prober.Opened
    let startedNanoseconds: UInt64
    let prober: Prober
    let factory: GenerationFactory
    let environment: LoaderEnvironment
    let options: LoaderOptions

    private(set) var life = BuildLife()
    private var old: Generation?
    private var new: Generation?
    private var newInstance: ModuleInstance?
    private var failure: Prober.Refusal?
    private var callsCancelled = 0

    init(
        slot: ModuleSlot, source: String, opened: Prober.Opened, startedNanoseconds: UInt64,
        tools: LoaderTools
    ) {
        self.slot = slot
        self.source = source
        self.opened = opened
        self.startedNanoseconds = startedNanoseconds
        prober = tools.prober
        factory = tools.factory
        environment = tools.environment
        options = tools.options
    }

    /// What the loader goes on with.
    enum Result {
        case serving(Probed, Generation, LoaderEvent)
        /// As above, and the old generation is kept until the new one has proven itself.
        case onProbation(Probed, BuildLife, new: Generation, old: Generation, LoaderEvent)
        case refused(LoaderEvent)
    }

    mutating func run() -> Result {
        old = slot.current
        var action = life.firstAction
        while true {
            switch action {
            case .retireOld:
                return finished { .serving($0, $1, served(by: $1)) }
            case .watch:
                return finished {
                    .onProbation($0, life, new: $1, old: $2, served(by: $1))
                }
            case .abandon(let restartsOld, let releases):
                return .refused(abandon(restartsOld: restartsOld, releases: releases))
            case .returnToOld, .finish:
                preconditionFailure("\(action) belongs to the probation")
            default:
                action = life.next(perform(action))
            }
        }
    }

    private func finished(_ body: (Probed, Generation) -> Result) -> Result {
        guard let new else { preconditionFailure("a build was swapped in that is not there") }
        return body(
            Probed(build: new.build, manifest: new.manifest, abilities: new.abilities), new)
    }

    private func finished(_ body: (Probed, Generation, Generation) -> Result) -> Result {
        guard let old else { preconditionFailure("a probation without an old generation") }
        return finished { body($0, $1, old) }
    }

    // MARK: Steps

    private mutating func perform(_ action: BuildLife.Action) -> BuildLife.Event {
        do {
            switch action {
            case .probe: try probe()
            case .map: try map()
            case .configure: try configure()
            case .drain: drain()
            case .handOver: try handOver()
            case .start: try start()
            default: swap()
            }
            return .succeeded
        } catch let refusal as Prober.Refusal {
            failure = refusal
        } catch let reason as ModuleFailure {
            failure = Prober.Refusal(step: reason.step.name, reason: reason.message)
        } catch {
            failure = Prober.Refusal(step: "\(action)", reason: "\(error)")
        }
        return .failed
    }

    private mutating func probe() throws {
        let settings = environment.settings(opened.manifest)
        if let problem = settings.problem {
            throw Prober.Refusal(step: LifecycleStep.configure.name, reason: problem)
        }
        let probed = try prober.trial(
            opened, configuration: settings.configuration, state: try copyOfState())
        let new = factory.makeGeneration(probed, source: source, slot: slot)
        self.new = new
        let oldInstance = old?.instanceOnceMade(withinSeconds: options.probeSeconds)
        life.decide(
            BuildLife.Plan(
                maps: oldInstance != nil && !new.runsInWorkersOnly,
                handsOver: needsHandOver(oldInstance, probed),
                replaces: old != nil))
    }

    private func needsHandOver(_ oldInstance: ModuleInstance?, _ probed: Probed) -> Bool {
        guard let oldInstance else { return false }
        let before = oldInstance.canDo
        return (before.keepsState && probed.abilities.keepsState)
            || before.startsOrStops || probed.abilities.startsOrStops
    }

    /// The state as it is now, for the probe only: calls go on meanwhile.
    private func copyOfState() throws -> SavedState? {
        guard let instance = old?.instanceIfPresent, instance.canDo.keepsState,
            let version = old?.manifest.stateVersion
        else { return nil }
        let bytesMax = options.stateBytesMax
        let state = try bounded(LifecycleStep.save.name) { () throws(ModuleFailure) in
            try instance.saveState(bytesMax: bytesMax)
        }
        return state.map { SavedState(version: version, bytes: $0) }
    }

    private mutating func map() throws {
        guard let new else { return }
        let factory = factory
        let slot = slot
        newInstance = try bounded(LifecycleStep.create.name) { () throws(ModuleFailure) in
            try factory.makeInstance(of: new, slot: slot)
        }
    }

    private func configure() throws {
        guard let new, let newInstance else { return }
        let factory = factory
        try bounded(LifecycleStep.configure.name) { () throws(ModuleFailure) in
            try factory.configure(newInstance, new.manifest)
        }
    }

    /// Holds new calls and waits for those in flight; those that do not end in time are asked to,
    /// and then given up.
    private mutating func drain() {
        slot.hold()
        guard let old else { return }
        let drainer = Drainer(generation: old, slot: slot, options: options)
        callsCancelled = drainer.drain(module: slot.id)
    }

    private func handOver() throws {
        guard let old, let oldInstance = old.instanceIfPresent, let newInstance else { return }
        if let step = oldInstance.hangingStep {
            throw Prober.Refusal(
                step: LifecycleStep.stop.name,
                reason: "\(step.name) of the build that serves has never returned: "
                    + "restart the kernel to replace it")
        }
        try bounded(LifecycleStep.stop.name) { () throws(ModuleFailure) in oldInstance.stop() }
        let bytesMax = options.stateBytesMax
        let state = try bounded(LifecycleStep.save.name) { () throws(ModuleFailure) in
            try oldInstance.saveState(bytesMax: bytesMax)
        }
        guard let state else { return }
        let version = old.manifest.stateVersion ?? 0
        try bounded(LifecycleStep.restore.name) { () throws(ModuleFailure) in
            try newInstance.loadState(state, version: version)
        }
    }

    private func start() throws {
        guard let newInstance else { return }
        try bounded(LifecycleStep.start.name) { () throws(ModuleFailure) in
            try newInstance.start()
        }
    }

    private func swap() {
        if let newInstance { new?.adopt(newInstance) }
        slot.setProblem(nil)
        slot.swap(to: new)
    }

    /// Runs a function of the module on a thread that can be given up if it hangs.
    private func bounded<Value: Sendable>(
        _ step: String, _ body: @escaping @Sendable () throws(ModuleFailure) -> Value
    ) throws -> Value {
        try Bounded.run(
            on: environment.lifecyclePool, seconds: options.probeSeconds, step: step, body)
    }

    // MARK: Ends

    private func abandon(restartsOld: Bool, releases: Bool) -> LoaderEvent {
        if let newInstance {
            // What the new instance did is its own; it never served.
            environment.lifecyclePool.run { newInstance.stopAndDestroy() }
        }
        new?.retire()
        var reason = failure?.reason ?? "unknown"
        if restartsOld, let oldInstance = old?.instanceIfPresent, oldInstance.hangingStep == nil {
            do {
                try bounded(LifecycleStep.start.name) { () throws(ModuleFailure) in
                    try oldInstance.restart()
                }
            } catch {
                reason += "; and the old build did not start again: \(error)"
            }
        }
        if releases {
            old?.instanceIfPresent?.openForCalls()
            slot.release()
        }
        return .refused(
            LoaderEvent.Refused(
                module: slot.id, source: source, step: failure?.step ?? "unknown",
                reason: reason, stillServing: old?.number))
    }

    private func served(by generation: Generation) -> LoaderEvent {
        .serving(
            LoaderEvent.Reloaded(
                module: slot.id, version: generation.manifest.version.description,
                generation: generation.number, build: generation.build.shortHash,
                nanoseconds: SystemClock.monotonicNanoseconds - startedNanoseconds,
                tasks: TaskChanges(from: old?.manifest, to: generation.manifest),
                isReload: old != nil, callsCancelled: callsCancelled))
    }
}

/// A module's function under a deadline, on a thread that is given up if it does not come back.
enum Bounded {
    static func run<Value: Sendable>(
        on pool: ThreadPool, seconds: Double, step: String,
        _ body: @escaping @Sendable () throws(ModuleFailure) -> Value
    ) throws -> Value {
        let result = pool.run(withinSeconds: seconds) { () -> Result<Value, ModuleFailure> in
            do throws(ModuleFailure) {
                return .success(try body())
            } catch {
                return .failure(error)
            }
        }
        guard let result else {
            throw Prober.Refusal(
                step: step, reason: "it did not return within \(seconds) s; its thread is lost")
        }
        return try result.get()
    }
}
