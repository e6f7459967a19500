import KernelBase
package import KernelGenerations
import KernelHosting
import KernelSystem
import Synchronization

/// Asks the modules whether they are well: on a schedule, and when somebody wants to know.
///
/// Only an instance that is at work is asked: a module that nobody has used yet need not be mapped
/// for it.
package final class HealthWatch: Sendable {
    private let loader: ModuleLoader
    private let findings = Mutex<[String: Finding]>([:])

    package struct Finding: Sendable, Hashable {
        /// What the module's own check said; nil if it is well.
        package let problem: String?
        package let checkedNanoseconds: UInt64
        fileprivate let generation: UInt64
    }

    package init(_ loader: ModuleLoader) {
        self.loader = loader
    }

    /// Asks every module again and again; 0 means never. Each time a new window of the
    /// statistics begins.
    package func begin(everySeconds seconds: Int) {
        guard seconds > 0 else { return }
        loader.tools.environment.alarms.run(afterSeconds: Double(seconds)) { [weak self] in
            guard let self else { return }
            for slot in self.loader.slots { slot.statistics.turnWindow() }
            self.check(self.loader.slots) {}
            self.begin(everySeconds: seconds)
        }
    }

    /// What was found last about the generation that serves.
    package func finding(_ slot: ModuleSlot) -> Finding? {
        let finding = findings.withLock { $0[slot.id] }
        return finding?.generation == slot.current?.number ? finding : nil
    }

    /// Asks these modules now, all at once. `done` is called when the last has answered, or has
    /// not within the time that a lifecycle function has.
    package func check(_ slots: [ModuleSlot], done: @escaping @Sendable () -> Void) {
        let all = Gathering(of: slots.count, done: done)
        for slot in slots {
            slot.lane.run {
                self.check(slot)
                all.oneIsDone()
            }
        }
    }

    private func check(_ slot: ModuleSlot) {
        guard let generation = slot.current, generation.abilities.checksHealth,
            let instance = generation.instanceIfPresent, instance.isActive
        else { return }
        var problem: String?
        do {
            try loader.tools.bounded(.health, of: instance) { () throws(ModuleFailure) in
                try instance.checkHealth()
            }
        } catch {
            problem = error.message
        }
        note(slot, generation, problem)
    }

    /// Clients hear of a change, not of every check.
    private func note(_ slot: ModuleSlot, _ generation: Generation, _ problem: String?) {
        let finding = Finding(
            problem: problem, checkedNanoseconds: SystemClock.monotonicNanoseconds,
            generation: generation.number)
        let before = findings.withLock { findings in
            defer { findings[slot.id] = finding }
            return findings[slot.id]
        }
        guard before?.problem != problem, before != nil || problem != nil else { return }
        loader.tools.environment.report(.health(module: slot.id, problem: problem))
    }
}
