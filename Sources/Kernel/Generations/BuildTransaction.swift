import KernelBase
import KernelBuilds
import KernelHosting
import KernelResidence
import KernelSystem
import KernelWorkers

/// Brings one build into service, or leaves everything as it was: does what `BuildLife` says.
/// Runs on the slot's lane.
package struct BuildTransaction {
    let slot: ModuleSlot
    let source: String
    let opened: Prober.Opened
    let startedNanoseconds: UInt64
    let tools: LoaderTools
    /// Called before calls are held for the change, when nothing is in the way of it that a trial
    /// can show.
    package var beforeChange: () -> Void = {}
    /// Called while calls are held, just before the new generation takes them.
    package var beforeSwap: () -> Void = {}

    private(set) var life = BuildLife()
    private var old: Generation?
    private var new: Generation?
    private var newInstance: (any LiveInstance)?
    private var failure: Prober.Refusal?
    private var callsCancelled = 0
    private var isHolding = false

    package init(
        slot: ModuleSlot, source: String, opened: Prober.Opened, startedNanoseconds: UInt64,
        tools: LoaderTools
    ) {
        self.slot = slot
        self.source = source
        self.opened = opened
        self.startedNanoseconds = startedNanoseconds
        self.tools = tools
    }

    /// What the loader goes on with.
    package enum Result {
        case serving(Probed, Generation, LoaderEvent)
        /// As above, and the old generation is kept until the new one has proven itself.
        case onProbation(Probed, BuildLife, new: Generation, old: Generation, LoaderEvent)
        case refused(LoaderEvent)
    }

    package mutating func run() -> Result {
        old = slot.latest
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
            Probed(
                build: new.build, manifest: new.manifest, abilities: new.abilities,
                provider: new.provider), new)
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
        let probed = try Trial(opened: opened, slot: slot, tools: tools).run()
        let new = tools.factory.makeGeneration(
            probed, source: source, from: opened.origin, slot: slot)
        self.new = new
        let oldInstance = old?.instanceOnceMade(withinSeconds: tools.options.probeSeconds)
        life.decide(
            BuildLife.Plan(
                maps: oldInstance != nil,
                handsOver: needsHandOver(oldInstance, probed),
                // The same build elsewhere has nothing to prove, and must not come back to where
                // it may have done harm.
                replaces: old.map { $0.build.hash != new.build.hash } ?? false))
        // The old one's worker has ended, and this one is used before it is back.
        if oldInstance == nil { new.saved = old?.saved }
    }

    private func needsHandOver(_ oldInstance: (any LiveInstance)?, _ probed: Probed) -> Bool {
        guard let oldInstance else { return false }
        let before = oldInstance.canDo
        return (before.keepsState && probed.abilities.keepsState)
            || before.startsOrStops || probed.abilities.startsOrStops
    }

    private mutating func map() throws {
        guard let new else { return }
        let factory = tools.factory
        let slot = slot
        guard new.home.isolation == .kernel else {
            newInstance = try factory.makeInstance(of: new, slot: slot)
            return
        }
        newInstance = try tools.bounded(.create) { () throws(ModuleFailure) in
            try factory.makeInstance(of: new, slot: slot)
        }
    }

    private func configure() throws {
        guard let new, let newInstance else { return }
        let factory = tools.factory
        // Without code of the module there is nothing that could hang.
        guard newInstance.canDo.configures else {
            return try factory.configure(newInstance, new.manifest)
        }
        try tools.bounded(.configure, of: newInstance) { () throws(ModuleFailure) in
            try factory.configure(newInstance, new.manifest)
        }
    }

    /// Holds new calls and waits for those in flight; those that do not end in time are asked to,
    /// and then given up.
    private mutating func drain() {
        hold()
        guard let old else { return }
        let drainer = Drainer(generation: old, slot: slot, options: tools.options)
        callsCancelled = drainer.drain(module: slot.id)
    }

    private mutating func hold() {
        guard !isHolding else { return }
        isHolding = true
        beforeChange()
        slot.hold()
    }

    private func handOver() throws {
        guard let old, let new, let newInstance else { return }
        old.isLeaving = true
        guard let state = try stateOfOld(old) else { return }
        if new.home.isolation == .process { new.saved = state }
        try tools.bounded(.restore, of: newInstance) { () throws(ModuleFailure) in
            try newInstance.loadState(state.bytes, version: state.version)
        }
    }

    /// Stops the old instance, and takes its state. One that ends its worker at that has left what
    /// was last saved.
    private func stateOfOld(_ old: Generation) throws -> SavedState? {
        guard let instance = old.instanceIfPresent else { return old.saved }
        if let step = instance.hangingStep {
            throw Prober.Refusal(
                step: LifecycleStep.stop.name,
                reason: "\(step.name) of the build that serves has never returned: "
                    + "restart the kernel to replace it")
        }
        do {
            return try state(of: instance, old)
        } catch {
            guard let resident = instance as? Resident, resident.hasEnded else { throw error }
            tools.environment.report(
                .warning(
                    "\(slot.id): the old build did not hand its state over (\(error)); "
                        + "the new one has what was last saved"))
            return old.saved
        }
    }

    private func state(of instance: any LiveInstance, _ old: Generation) throws -> SavedState? {
        let resumption = Resumption(generation: old, slot: slot, tools: tools)
        try tools.bounded(.stop, of: instance, late: { _ in resumption.resumeLate() }) {
            () throws(ModuleFailure) in
            instance.stop()
        }
        let bytesMax = tools.options.stateBytesMax
        let state = try tools.bounded(
            .save, of: instance, late: { _ in resumption.resumeLate() }
        ) { () throws(ModuleFailure) in
            try instance.saveState(bytesMax: bytesMax)
        }
        return state.map { SavedState(version: old.manifest.stateVersion ?? 0, bytes: $0) }
    }

    private func start() throws {
        guard let newInstance else { return }
        try tools.bounded(.start, of: newInstance) { () throws(ModuleFailure) in
            try newInstance.start()
        }
    }

    private mutating func swap() {
        hold()
        if let newInstance { new?.adopt(newInstance) }
        slot.setProblem(nil)
        beforeSwap()
        old?.isLeaving = true
        slot.swap(to: new)
        // It was in use, and rests: what it does beside its calls goes on with the new build.
        if newInstance == nil, old?.rest != nil { new?.withInstance { _ in } }
    }

    // MARK: Ends

    private func abandon(restartsOld: Bool, releases: Bool) -> LoaderEvent {
        // What the new instance did is its own; it never served.
        if let newInstance { Retirement(slot: slot, tools: tools).free(newInstance) }
        new?.retire()
        var reason = failure?.reason ?? "unknown"
        let step = failure?.step ?? "unknown"
        if releases, let old {
            let resumption = Resumption(generation: old, slot: slot, tools: tools)
            reason += resumption.resume(after: "\(step): \(reason)")
        } else if releases {
            slot.release()
        }
        return .refused(
            LoaderEvent.Refused(
                module: slot.id, source: source, step: step, reason: reason,
                stillServing: slot.current?.number))
    }

    private func served(by generation: Generation) -> LoaderEvent {
        .serving(
            LoaderEvent.Reloaded(
                module: slot.id, version: generation.manifest.version.description,
                generation: generation.number, build: generation.build.shortHash,
                nanoseconds: SystemClock.monotonicNanoseconds - startedNanoseconds,
                tasks: TaskChanges(from: old?.manifest, to: generation.manifest),
                isReload: old != nil, isSameBuild: old?.build.hash == generation.build.hash,
                callsCancelled: callsCancelled))
    }
}
