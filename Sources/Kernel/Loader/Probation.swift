import KernelBase
import KernelHosting
import KernelSystem
import Synchronization

/// The first moments of a new generation, in which the old one is kept ready to come back. All of
/// it runs on the slot's lane.
final class Probation: Sendable {
    let slot: ModuleSlot
    let new: Generation
    private let old: Generation
    private let tools: LoaderTools
    private let life: Mutex<BuildLife>
    private let returned: @Sendable () -> Void

    /// When the health is asked for, as parts of the whole time.
    private static let checks = [0.02, 0.1, 0.3, 0.6, 1.0]

    /// `returned` is told before anybody else when the old generation is back.
    init(
        slot: ModuleSlot, new: Generation, old: Generation, life: BuildLife, tools: LoaderTools,
        returned: @escaping @Sendable () -> Void
    ) {
        self.returned = returned
        self.slot = slot
        self.new = new
        self.old = old
        self.tools = tools
        self.life = Mutex(life)
    }

    func begin() {
        for (index, part) in Self.checks.enumerated() {
            let isLast = index == Self.checks.count - 1
            tools.environment.alarms.run(afterSeconds: tools.options.probationSeconds * part) {
                self.slot.lane.run { self.check(isLast: isLast) }
            }
        }
    }

    private var isOver: Bool { life.withLock { $0.state != .onProbation } }

    private func check(isLast: Bool) {
        guard !isOver else { return }
        do {
            if let instance = new.instanceIfPresent, instance.isActive {
                try bounded(.health) { () throws(ModuleFailure) in try instance.checkHealth() }
            }
        } catch {
            return fail("its health check failed: \(error)")
        }
        if isLast { pass() }
    }

    /// The new generation has proven itself, or a newer one is about to take its place.
    func pass() {
        let action = life.withLock { life -> BuildLife.Action? in
            life.state == .onProbation ? life.next(.succeeded) : nil
        }
        if action == .retireOld { Retirement(generation: old, tools: tools).begin() }
    }

    /// Puts the old generation back. Runs on the slot's lane.
    func fail(_ reason: String) {
        let action = life.withLock { life -> BuildLife.Action? in
            life.state == .onProbation ? life.next(.failed) : nil
        }
        guard action == .returnToOld, slot.current === new else { return }
        returnToOld(reason)
        _ = life.withLock { $0.next(.succeeded) }
    }

    private func returnToOld(_ reason: String) {
        slot.hold()
        _ = Drainer(generation: new, slot: slot, options: tools.options).drain(module: slot.id)
        let reason = reason + handBack()
        old.instanceIfPresent?.openForCalls()
        slot.setProblem("build \(new.build.shortHash) was taken back: \(reason)")
        slot.swap(to: old)
        Retirement(generation: new, tools: tools).begin()
        returned()
        tools.environment.report(
            .returned(module: slot.id, generation: old.number, reason: reason))
    }

    /// Gives the old instance what the new one has gathered, if the old schema can take it, and
    /// has it work again. Returns what went wrong on the way.
    private func handBack() -> String {
        guard let newInstance = new.instanceIfPresent, let oldInstance = old.instanceIfPresent
        else { return "" }
        var losses = ""
        do {
            try giveState(of: newInstance, to: oldInstance)
        } catch {
            losses += "; the state of the new build was lost: \(error)"
        }
        do {
            try bounded(.start) { () throws(ModuleFailure) in try oldInstance.restart() }
        } catch {
            losses += "; the old build did not start again: \(error)"
        }
        return losses
    }

    private func giveState(
        of newInstance: ModuleInstance, to oldInstance: ModuleInstance
    ) throws {
        if let step = newInstance.hangingStep {
            throw Prober.Refusal(
                step: LifecycleStep.save.name, reason: "\(step.name) has not returned")
        }
        try bounded(.stop) { () throws(ModuleFailure) in newInstance.stopIfActive() }
        guard oldInstance.isStopped, new.manifest.stateVersion == old.manifest.stateVersion
        else { return }
        let bytesMax = tools.options.stateBytesMax
        let state = try bounded(.save) { () throws(ModuleFailure) in
            try newInstance.saveState(bytesMax: bytesMax)
        }
        guard let state else { return }
        let version = new.manifest.stateVersion ?? 0
        try bounded(.restore) { () throws(ModuleFailure) in
            try oldInstance.loadState(state, version: version)
        }
    }

    private func bounded<Value: Sendable>(
        _ step: LifecycleStep, _ body: @escaping @Sendable () throws(ModuleFailure) -> Value
    ) throws -> Value {
        try Bounded.run(
            on: tools.environment.lifecyclePool, seconds: tools.options.probeSeconds,
            step: step.name, body)
    }
}

/// The end of a generation that serves no more: once its last call has ended, those too that
/// nobody waits for any more, its instance is freed. Its library stays mapped.
struct Retirement {
    let generation: Generation
    let tools: LoaderTools

    /// How often a generation that still has calls is looked at again.
    private static let againSeconds = 0.05

    func begin() {
        generation.retire()
        tools.environment.lifecyclePool.run { self.endIfDrained() }
    }

    private func endIfDrained() {
        let isIdle = generation.instanceIfPresent?.isIdle ?? true
        guard generation.callsInFlight == 0, isIdle else {
            tools.environment.alarms.run(afterSeconds: Self.againSeconds) {
                self.tools.environment.lifecyclePool.run { self.endIfDrained() }
            }
            return
        }
        generation.instanceIfPresent?.stopAndDestroy()
    }
}
