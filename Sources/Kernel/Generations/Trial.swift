import KernelBase
import KernelBuilds
import KernelHosting
import KernelResidence
import KernelStore
import KernelSystem
import KernelWorkers

/// Tries an opened build with what it will meet: the configuration, and a copy of the state of the
/// build before. On the slot's lane.
package struct Trial {
    let opened: Prober.Opened
    let slot: ModuleSlot
    let tools: LoaderTools

    package init(opened: Prober.Opened, slot: ModuleSlot, tools: LoaderTools) {
        self.opened = opened
        self.slot = slot
        self.tools = tools
    }

    package func run() throws -> Probed {
        let settings = tools.environment.settings(opened.manifest)
        do {
            try checkQuarantine()
            if let problem = settings.problem {
                throw Prober.Refusal(step: LifecycleStep.configure.name, reason: problem)
            }
            return try tools.prober.trial(opened, settings, state: try copyOfState())
        } catch {
            opened.discard()
            throw error
        }
    }

    /// A build that did harm is not put in the place of another one. Without another one it comes
    /// into service, and is used when the quarantine is over.
    private func checkQuarantine() throws(Prober.Refusal) {
        guard let old = slot.latest, old.build.hash != opened.build.hash,
            let record = tools.environment.containment.quarantine(of: opened.build.hash)
        else { return }
        throw Prober.Refusal(step: "use it", reason: "it is \(record.sentence(at: .now))")
    }

    /// The state as it is now, for the trial only: calls go on meanwhile.
    private func copyOfState() throws -> SavedState? {
        guard let old = slot.latest else { return nil }
        guard let instance = old.instanceIfPresent else { return old.saved }
        guard instance.canDo.keepsState, let version = old.manifest.stateVersion else {
            return nil
        }
        let bytesMax = tools.options.stateBytesMax
        let state = try tools.bounded(.save, of: instance) { () throws(ModuleFailure) in
            try instance.saveState(bytesMax: bytesMax)
        }
        return state.map { SavedState(version: version, bytes: $0) }
    }
}
