import KernelBase
import KernelBuilds
import KernelHosting
import KernelResidence
import KernelSystem
import KernelWorkers
import Synchronization

/// The first moments of a new generation, in which the old one is kept ready to come back. All of
/// it runs on the slot's lane.
package final class Probation: Sendable {
    let slot: ModuleSlot
    package let new: Generation
    private let old: Generation
    private let tools: LoaderTools
    private let life: Mutex<BuildLife>
    private let returned: @Sendable () -> Void

    /// When the health is asked for, as parts of the whole time.
    private static let checks = [0.02, 0.1, 0.3, 0.6, 1.0]

    /// `returned` is told before anybody else when the old generation is back.
    package init(
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

    /// Whoever holds it lets go of it once it is over, and with it of the generations: a file that
    /// is built again and again has many behind it before the first one's time has passed.
    package func begin() {
        for (index, part) in Self.checks.enumerated() {
            let isLast = index == Self.checks.count - 1
            tools.environment.alarms.run(afterSeconds: tools.options.probationSeconds * part) {
                [weak self] in
                guard let self else { return }
                self.slot.lane.run { self.check(isLast: isLast) }
            }
        }
    }

    package var isOver: Bool { life.withLock { $0.state != .onProbation } }

    private func check(isLast: Bool) {
        guard !isOver else { return }
        do {
            if let instance = new.instanceIfPresent, instance.isActive {
                try tools.bounded(.health, of: instance) { () throws(ModuleFailure) in
                    try instance.checkHealth()
                }
            }
        } catch {
            return fail("its health check failed: \(error)")
        }
        if isLast { pass() }
    }

    /// The new generation has proven itself, or a newer one is about to take its place.
    package func pass() {
        let action = life.withLock { life -> BuildLife.Action? in
            life.state == .onProbation ? life.next(.succeeded) : nil
        }
        if action == .retireOld { Retirement(slot: slot, tools: tools).begin(old) }
    }

    /// Puts the old generation back. Runs on the slot's lane.
    package func fail(_ reason: String) {
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
        let takenBack = "build \(new.build.shortHash) was taken back: "
        var reason = reason + handBack()
        slot.setProblem(takenBack + reason)
        reason += Resumption(generation: old, slot: slot, tools: tools)
            .resume(after: takenBack + reason)
        Retirement(slot: slot, tools: tools).begin(new)
        returned()
        tools.environment.report(
            .returned(module: slot.id, generation: old.number, reason: reason))
    }

    /// Gives the old instance what the new one has gathered, if the old schema can take it.
    /// Returns what went wrong on the way.
    private func handBack() -> String {
        do {
            if let newInstance = new.instanceIfPresent {
                try giveState(of: newInstance)
            } else if let saved = new.saved {
                try give(saved)
            }
            return ""
        } catch {
            return "; the state of the new build was lost: \(error)"
        }
    }

    private func giveState(of newInstance: any LiveInstance) throws {
        if let step = newInstance.hangingStep {
            throw Prober.Refusal(
                step: LifecycleStep.save.name, reason: "\(step.name) has not returned")
        }
        new.isLeaving = true
        try tools.bounded(.stop, of: newInstance) { () throws(ModuleFailure) in
            newInstance.stop()
        }
        guard new.manifest.stateVersion == old.manifest.stateVersion else { return }
        let bytesMax = tools.options.stateBytesMax
        let state = try tools.bounded(.save, of: newInstance) { () throws(ModuleFailure) in
            try newInstance.saveState(bytesMax: bytesMax)
        }
        guard let state else { return }
        try give(SavedState(version: new.manifest.stateVersion ?? 0, bytes: state))
    }

    private func give(_ state: SavedState) throws {
        guard state.version == old.manifest.stateVersion else { return }
        if old.home.isolation == .process { old.saved = state }
        guard let oldInstance = old.instanceIfPresent, oldInstance.isStopped else { return }
        try tools.bounded(.restore, of: oldInstance) { () throws(ModuleFailure) in
            try oldInstance.loadState(state.bytes, version: state.version)
        }
    }
}
