import KernelBase
import KernelHosting
import KernelResidence
import KernelSystem

/// Gives an old generation its work back after the one that was to follow it has failed. Runs on
/// the slot's lane.
package struct Resumption: Sendable {
    let generation: Generation
    let slot: ModuleSlot
    let tools: LoaderTools

    package init(generation: Generation, slot: ModuleSlot, tools: LoaderTools) {
        self.generation = generation
        self.slot = slot
        self.tools = tools
    }

    /// Has the instance start again if it was stopped, and lets held calls go to it. A stopped
    /// instance gets no calls: if it cannot start, they are refused with the reason, which is
    /// returned, to be added to `reason`.
    package func resume(after reason: String) -> String {
        generation.isLeaving = false
        let trouble = restart().map { "; and the old build did not start again: \($0)" }
        if let trouble {
            slot.suspend(generation, reason + trouble)
        } else {
            generation.instanceIfPresent?.openForCalls()
            slot.swap(to: generation)
            // A worker that ended meanwhile was left alone. One that was never used still waits
            // for its first use.
            if generation.wasUsed { generation.withInstance { _ in } }
        }
        return trouble ?? ""
    }

    private func restart() -> ModuleFailure? {
        guard let instance = generation.instanceIfPresent else { return nil }
        // Inside a function that ends its work it can be neither called nor started.
        if let step = instance.hangingStep {
            return ModuleFailure(.start, .busy, "\(step.name) has not returned")
        }
        guard instance.isStopped else { return nil }
        do throws(ModuleFailure) {
            try tools.bounded(.start, of: instance, late: { _ in resumeLate() }) {
                () throws(ModuleFailure) in
                try instance.restart()
            }
            return nil
        } catch {
            return error
        }
    }

    /// A function of the old instance that was given up has returned: what it left undone is
    /// done now, unless another build has taken over.
    func resumeLate() {
        slot.lane.run {
            guard slot.latest === generation,
                generation.instanceIfPresent?.hangingStep == nil
            else { return }
            let problem = slot.problem ?? "a function of the module returned too late"
            let trouble = resume(after: problem)
            tools.factory.noteLateReturn()
            guard !trouble.isEmpty else { return }
            tools.environment.report(.warning("\(slot.id): \(problem)\(trouble)"))
        }
    }
}
