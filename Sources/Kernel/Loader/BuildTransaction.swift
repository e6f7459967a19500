import KernelBase
import KernelBuilds
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
    let tools: LoaderTools

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
        self.tools = tools
    }

    /// What the loader goes on with.
    enum Result {
        case serving(Probed, Generation, LoaderEvent)
        /// As above, and the old generation is kept until the new one has proven itself.
        case onProbation(Probed, BuildLife, new: Generation, old: Generation, LoaderEvent)
        case refused(LoaderEvent)
    }

    mutating func run() -> Result {
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
        let settings = tools.environment.settings(opened.manifest)
        if let problem = settings.problem {
            throw Prober.Refusal(step: LifecycleStep.configure.name, reason: problem)
        }
        let probed = try tools.prober.trial(
            opened, configuration: settings.configuration, state: try copyOfState())
        let new = tools.factory.makeGeneration(probed, source: source, slot: slot)
        self.new = new
        let oldInstance = old?.instanceOnceMade(withinSeconds: tools.options.probeSeconds)
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
        let bytesMax = tools.options.stateBytesMax
        let state = try tools.bounded(.save) { () throws(ModuleFailure) in
            try instance.saveState(bytesMax: bytesMax)
        }
        return state.map { SavedState(version: version, bytes: $0) }
    }

    private mutating func map() throws {
        guard let new else { return }
        let factory = tools.factory
        let slot = slot
        newInstance = try tools.bounded(.create) { () throws(ModuleFailure) in
            try factory.makeInstance(of: new, slot: slot)
        }
    }

    private func configure() throws {
        guard let new, let newInstance else { return }
        let factory = tools.factory
        try tools.bounded(.configure) { () throws(ModuleFailure) in
            try factory.configure(newInstance, new.manifest)
        }
    }

    /// Holds new calls and waits for those in flight; those that do not end in time are asked to,
    /// and then given up.
    private mutating func drain() {
        slot.hold()
        guard let old else { return }
        let drainer = Drainer(generation: old, slot: slot, options: tools.options)
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
        let resumption = Resumption(generation: old, slot: slot, tools: tools)
        try tools.bounded(.stop, late: { _ in resumption.resumeLate() }) {
            () throws(ModuleFailure) in
            oldInstance.stop()
        }
        let bytesMax = tools.options.stateBytesMax
        let state = try tools.bounded(.save, late: { _ in resumption.resumeLate() }) {
            () throws(ModuleFailure) in
            try oldInstance.saveState(bytesMax: bytesMax)
        }
        guard let state else { return }
        let version = old.manifest.stateVersion ?? 0
        try tools.bounded(.restore) { () throws(ModuleFailure) in
            try newInstance.loadState(state, version: version)
        }
    }

    private func start() throws {
        guard let newInstance else { return }
        try tools.bounded(.start) { () throws(ModuleFailure) in
            try newInstance.start()
        }
    }

    private func swap() {
        if let newInstance { new?.adopt(newInstance) }
        slot.setProblem(nil)
        slot.swap(to: new)
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
                isReload: old != nil, callsCancelled: callsCancelled))
    }
}
