import KernelBase
import KernelBuilds
import KernelHosting
import KernelSystem

/// The end of generations of a slot that serve no more. Libraries in the kernel stay mapped; a
/// worker ends, and nothing is left of it.
struct Retirement {
    let slot: ModuleSlot
    let tools: LoaderTools

    /// Frees the instance once its last call has ended, those too that nobody waits for any more.
    func begin(_ generation: Generation) {
        generation.retire()
        generation.whenIdle {
            self.slot.lane.run {
                if let instance = generation.instanceIfPresent { self.end(instance) }
            }
        }
    }

    /// Frees an instance that has never served.
    func free(_ instance: any LiveInstance) {
        slot.lane.run { self.end(instance) }
    }

    private func end(_ instance: any LiveInstance) {
        do throws(ModuleFailure) {
            try tools.bounded(.stop, of: instance) { () throws(ModuleFailure) in
                instance.stopAndDestroy()
            }
            if let mapped = instance as? ModuleInstance {
                tools.store.removeDuplicate(mapped.image.path)
            }
        } catch {
            tools.environment.report(.warning("\(slot.id): an old build \(error)"))
        }
    }
}
