import KernelBase
import KernelHosting
import KernelSystem
import KernelWorkers
import Synchronization

// What is done with a file that may have changed.
extension ModuleLoader {
    /// Has the file examined, and once more if it is being examined already.
    func look(at path: String, evenIfUnchanged: Bool = false) {
        let starts = state.withLock { state -> Bool in
            guard !state.isStopping else { return false }
            if state.catalogue.origin(of: path) == nil {
                state.catalogue.add(path, state.origin(ofNew: path))
            }
            if evenIfUnchanged { state.forced.insert(path) }
            defer { state.examined[path] = state.examined[path] != nil }
            return state.examined[path] == nil
        }
        guard starts else { return }
        tools.environment.lifecyclePool.run { self.examine(path) }
    }

    /// The examination of a file is over; another may have been asked for meanwhile.
    private func examined(_ path: String) {
        let again = state.withLock { state -> Bool in
            guard state.examined[path] == true else {
                state.examined[path] = nil
                return false
            }
            state.examined[path] = false
            return true
        }
        if again { tools.environment.lifecyclePool.run { self.examine(path) } }
    }

    private func examine(_ path: String) {
        let started = SystemClock.monotonicNanoseconds
        guard Files.exists(path) else {
            withdraw(path, "its file was removed")
            return examined(path)
        }
        let build: Build
        do {
            build = try tools.store.ingest(path)
        } catch {
            refuseFile(path, error)
            return examined(path)
        }
        let isForced = state.withLock { $0.forced.remove(path) != nil }
        if !isForced && isServing(build, from: path) {
            remember(path, build)
            return examined(path)
        }
        do {
            let opened = try tools.prober.open(build)
            bringIn(opened, path, started)
        } catch {
            refuse(path, step: error.step, reason: error.reason)
            examined(path)
        }
    }

    private func isServing(_ build: Build, from path: String) -> Bool {
        guard let id = state.withLock({ $0.catalogue.id(of: path) }),
            let current = slot(id)?.current
        else { return false }
        return current.source == path && current.build.hash == build.hash
    }

    /// The file was touched, but is what it was.
    private func remember(_ path: String, _ build: Build) {
        guard let id = state.withLock({ $0.catalogue.id(of: path) }),
            let current = slot(id)?.current
        else { return }
        keep(path, build, current.manifest, current.abilities)
    }

    private func keep(
        _ path: String, _ build: Build, _ manifest: Manifest, _ abilities: ModuleInstance.Abilities
    ) {
        let index = state.withLock { state in
            state.index.set(
                path,
                ManifestIndex.Entry(build: build, manifest: manifest, abilities: abilities.bytes))
            return state.index
        }
        do {
            try index.write(to: tools.options.indexFile)
        } catch {
            tools.environment.report(
                .warning("modules will be probed again at the next start: \(error)"))
        }
    }

    // MARK: Into service

    private func bringIn(_ opened: Prober.Opened, _ path: String, _ started: UInt64) {
        let id = opened.manifest.id
        let (formerID, best, slot) = state.withLock { state in
            let formerID = state.catalogue.id(of: path)
            state.catalogue.learn(path, id: id)
            return (formerID, state.catalogue.best(for: id), self.slot(id, &state))
        }
        if let formerID, formerID != id { giveUp(formerID, path, "its file now holds \(id)") }
        if let best, best != path {
            opened.discard()
            tools.environment.report(.shadowed(module: id, source: path, by: best))
            return examined(path)
        }
        slot.lane.run {
            self.transact(opened, slot, path, started)
            self.examined(path)
        }
    }

    private func transact(
        _ opened: Prober.Opened, _ slot: ModuleSlot, _ path: String, _ started: UInt64
    ) {
        // A build that is replaced so soon has no probation to fail any more.
        state.withLock { $0.probations.removeValue(forKey: slot.id) }?.pass()
        let old = slot.current
        var transaction = BuildTransaction(
            slot: slot, source: path, opened: opened, startedNanoseconds: started, tools: tools)
        switch transaction.run() {
        case .refused(let event):
            if case .refused(let refused) = event { slot.setProblem(refused.sentence) }
            tools.environment.report(event)
        case .serving(let probed, _, let event):
            keep(path, probed.build, probed.manifest, probed.abilities)
            if let old { Retirement(generation: old, tools: tools).begin() }
            tools.environment.report(event)
        case .onProbation(let probed, let life, let new, let old, let event):
            keep(path, probed.build, probed.manifest, probed.abilities)
            let probation = Probation(slot: slot, new: new, old: old, life: life, tools: tools)
            state.withLock { $0.probations[slot.id] = probation }
            probation.begin()
            tools.environment.report(event)
        }
    }

    // MARK: Out of service

    private func refuseFile(_ path: String, _ failure: IngestFailure) {
        if failure == .changing {
            state.withLock { $0.watch }?.lookAgain(path)
        } else {
            refuse(path, step: "take the file in", reason: "\(failure)")
        }
    }

    private func refuse(_ path: String, step: String, reason: String) {
        let id = state.withLock { $0.catalogue.id(of: path) }
        let slot = id.flatMap { self.slot($0) }
        let serving = slot?.current
        let refused = LoaderEvent.Refused(
            module: id, source: path, step: step, reason: reason, stillServing: serving?.number)
        slot?.setProblem(refused.sentence)
        tools.environment.report(.refused(refused))
    }

    /// The file is not there any more, or not to be used.
    func withdraw(_ path: String, _ reason: String) {
        let id = state.withLock { state in
            state.index.remove(path)
            return state.catalogue.remove(path)
        }
        if let id { giveUp(id, path, reason) }
    }

    /// The file does not serve this module any more: another one does, or none.
    private func giveUp(_ id: String, _ path: String, _ reason: String) {
        guard let slot = slot(id), slot.current?.source == path else { return }
        if let next = state.withLock({ $0.catalogue.best(for: id) }) {
            return look(at: next, evenIfUnchanged: true)
        }
        slot.lane.run { self.retire(slot, reason) }
    }

    private func retire(_ slot: ModuleSlot, _ reason: String) {
        guard let generation = slot.current else { return }
        state.withLock { $0.probations.removeValue(forKey: slot.id) }?.pass()
        slot.hold()
        _ = Drainer(generation: generation, slot: slot, options: tools.options)
            .drain(module: slot.id)
        slot.setProblem(reason)
        slot.swap(to: nil)
        state.withLock { _ = $0.slots.removeValue(forKey: slot.id) }
        Retirement(generation: generation, tools: tools).begin()
        tools.environment.report(.retired(module: slot.id, reason: reason))
    }
}
