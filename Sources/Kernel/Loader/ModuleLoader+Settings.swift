import KernelBase
import KernelBuilds
package import KernelGenerations
import KernelResidence
import KernelSystem
import KernelWorkers
import Synchronization

// What the configuration says about modules, when it has changed.
extension ModuleLoader {
    static let switchedOff = "it is switched off in the configuration"

    /// Is the module to be used at all? If not, its slot says so.
    func isEnabled(_ manifest: Manifest, _ slot: ModuleSlot) -> Bool {
        let isEnabled = tools.environment.settings(manifest).isEnabled
        state.withLock { $0.relations.switchedOff[slot.id] = isEnabled ? nil : manifest }
        if !isEnabled { slot.setProblem(Self.switchedOff) }
        return isEnabled
    }

    package func isSwitchedOff(_ slot: ModuleSlot) -> Bool {
        state.withLock { $0.relations.switchedOff[slot.id] != nil }
    }

    /// Walls and limits hold from the start of a process: what changes of them counts for new ones.
    /// A module that lives in a process moves into another one, as by a reload of the same build.
    package func renewWorkers(_ ids: [String]) {
        for id in ids {
            guard let generation = slot(id)?.latest else { continue }
            generation.workers.renew()
            guard generation.home.isolation == .process else { continue }
            look(at: generation.source, evenIfUnchanged: true)
        }
    }

    /// Takes modules out of service that were switched off, and those back in that were switched
    /// on.
    package func applySwitches() {
        for slot in slots {
            if let generation = slot.latest {
                guard !tools.environment.settings(generation.manifest).isEnabled else { continue }
                slot.lane.run { self.switchOff(slot) }
            } else if isSwitchedOff(slot),
                let best = state.withLock({ $0.catalogue.best(for: slot.id) })
            {
                look(at: best, evenIfUnchanged: true)
            }
        }
        settleRelations()
    }

    private func switchOff(_ slot: ModuleSlot) {
        takeOut(slot, Self.switchedOff) { state, generation in
            state.relations.switchedOff[slot.id] = generation.manifest
        }
    }

    /// Removes the copies of builds that no known file stands for.
    package func cleanStore() {
        let keeping = state.withLock { $0.index.hashes }
        let inService = slots.compactMap { $0.latest?.build.hash }
        tools.store.clean(keeping: keeping.union(inService))
    }
}
