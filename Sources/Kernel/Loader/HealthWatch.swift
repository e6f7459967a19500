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
    /// How often somebody has said how often to ask.
    private let rounds = Atomic(0)

    package struct Finding: Sendable, Hashable {
        /// What the module's own check said; nil if it is well.
        package let problem: String?
        package let checkedNanoseconds: UInt64
        fileprivate let generation: UInt64
    }

    package init(_ loader: ModuleLoader) {
        self.loader = loader
    }

    /// What is said of the last minutes is of two windows at most.
    private static let windowSeconds = 60.0

    /// Begins a new window of the statistics again and again.
    package func beginWindows() {
        loader.tools.environment.alarms.run(afterSeconds: Self.windowSeconds) { [weak self] in
            guard let self else { return }
            for slot in self.loader.slots { slot.statistics.turnWindow() }
            self.beginWindows()
        }
    }

    /// Asks every module again and again from now on, and no longer as it was asked for before; 0
    /// means never.
    package func begin(everySeconds seconds: Int) {
        let round = rounds.add(1, ordering: .relaxed).newValue
        if seconds > 0 { checkLater(Double(seconds), round) }
    }

    private func checkLater(_ seconds: Double, _ round: Int) {
        loader.tools.environment.alarms.run(afterSeconds: seconds) { [weak self] in
            guard let self, self.rounds.load(ordering: .relaxed) == round else { return }
            self.check(self.loader.slots) {}
            self.checkLater(seconds, round)
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
