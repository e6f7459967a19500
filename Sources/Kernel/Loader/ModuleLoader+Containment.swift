import KernelBase
import KernelBuilds
package import KernelGenerations
import KernelHosting
package import KernelResidence
import KernelStore
import KernelSystem
import Synchronization

// What the loader does about builds that fail in service.
extension ModuleLoader {
    package var containment: Containment { tools.environment.containment }

    /// A worker of this generation failed. A build on probation is taken back; returns whether it
    /// is.
    func takeBack(_ slot: ModuleSlot, _ generation: Generation, _ reason: String) -> Bool {
        let probation = state.withLock { $0.probations[slot.id] }
        guard let probation, probation.new === generation, !probation.isOver else { return false }
        slot.lane.run { probation.fail(reason) }
        return true
    }

    /// The process of a task failed: with others of its kind it may lead to quarantine, in which
    /// the rest of the module goes on. One that was too late says nothing against a new build.
    package func noteTaskFailure(
        _ slot: ModuleSlot, _ generation: Generation, _ reason: String, isCrash: Bool
    ) {
        if isCrash, takeBack(slot, generation, reason) { return }
        let verdict = containment.fail(
            BuildFailure(
                module: slot.id, build: generation.build.hash, .task, reason: reason))
        guard case .quarantined(let record) = verdict else { return }
        tools.environment.report(
            .ended(
                module: "the tasks of mode process of \(slot.id)", reason: reason,
                consequence: record.consequence(at: .now)))
    }

    package func noteTaskSuccess(_ generation: Generation) {
        containment.succeed(build: generation.build.hash, .task)
    }

    /// Why the tasks of mode process of this generation are not run; nil if they are.
    package func quarantineOfTasks(_ generation: Generation) -> String? {
        containment.quarantine(of: generation.build.hash, tasks: true)?.sentence(at: .now)
    }

    // MARK: By hand

    package enum Lifted: Sendable, Hashable {
        case unknownModule
        /// Nothing kept it out of service.
        case nothing
        case lifted
    }

    /// Ends what keeps a module out of service, or out of the kernel, after it has failed.
    package func lift(_ id: String, by whom: String) -> Lifted {
        guard let slot = slot(id) else { return .unknownModule }
        let lifted = containment.lift(module: id, by: whom)
        if lifted > 0 { lookAtRefused(id) }
        guard let generation = slot.latest else { return lifted > 0 ? .lifted : .nothing }
        let wasResting = generation.rest != nil
        let wasIsolated = containment.endIsolation(of: generation.build.hash)
        if wasResting { generation.endRest() }
        if wasIsolated { applyIsolation(slot) }
        return lifted > 0 || wasResting || wasIsolated ? .lifted : .nothing
    }

    /// The module's file may hold a build that was not taken because of its quarantine.
    private func lookAtRefused(_ id: String) {
        let refused = state.withLock { state in
            state.catalogue.best(for: id).flatMap { state.refused[$0] == nil ? nil : $0 }
        }
        if let refused { look(at: refused, evenIfUnchanged: true) }
    }

    /// From now on this build lives in a worker, since it did harm in the kernel. One that is in
    /// service moves there.
    package func isolate(module id: String, build hash: String, because reason: String) {
        containment.isolateForGood(BuildIsolation(module: id, build: hash, reason: reason))
        if let slot = slot(id) { applyIsolation(slot) }
    }

    // MARK: Isolation

    /// Moves every module that does not live where the settings now say, or within other walls.
    package func applyIsolation() {
        for slot in slots { applyIsolation(slot) }
    }

    /// Moving is a reload of the same build: the state goes along, and no call is lost.
    private func applyIsolation(_ slot: ModuleSlot) {
        guard let generation = slot.latest else { return }
        let home = tools.factory.home(
            of: slot.id, generation.build, generation.origin, slot)
        guard home.isolation != generation.home.isolation || hasOtherWalls(generation) else {
            return
        }
        look(at: generation.source, evenIfUnchanged: true)
    }

    /// Walls that stand cannot be moved.
    private func hasOtherWalls(_ generation: Generation) -> Bool {
        guard let raised = generation.walls else { return false }
        let settings = tools.environment.settings(generation.manifest)
        let wanted = try? tools.factory.servingWalls(
            for: generation.manifest, settings, generation.build, from: generation.origin)
        return wanted != nil && wanted != raised
    }
}
