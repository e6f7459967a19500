import KernelBase
import KernelBuilds
import KernelGenerations
import KernelHosting
import KernelSystem
import KernelWorkers
import ModuleChat
import ModuleJSON
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
        let (again, awaited) = state.withLock { state -> (Bool, State.Awaited?) in
            guard state.examined[path] == true else {
                state.examined[path] = nil
                return (false, state.awaited.removeValue(forKey: path))
            }
            state.examined[path] = false
            return (true, nil)
        }
        if again { return tools.environment.lifecyclePool.run { self.examine(path) } }
        for tell in awaited?.tells ?? [] { tell(awaited?.event) }
        let isOwing = state.withLock { state in
            state.examined.isEmpty && state.relations.waiting.values.contains { !$0.isTold }
        }
        if isOwing { settleRelations() } else { noteSettling() }
    }

    func tell(_ event: LoaderEvent, of path: String) {
        state.withLock { $0.awaited[path]?.event = event }
        tools.environment.report(event)
    }

    private func examine(_ path: String) {
        let started = SystemClock.monotonicNanoseconds
        guard Files.exists(path) else {
            withdraw(path, "its file was removed")
            return examined(path)
        }
        let isForced = state.withLock { $0.forced.remove(path) != nil }
        guard isForced || hasChanged(path) else { return examined(path) }
        let preparation = tools.prober.prepare()
        do throws(IngestFailure) {
            let begun = try tools.store.begin(path)
            // The walls are raised while the copy is made, and the copy is opened while it is found
            // out which build it is.
            let plan = tools.prober.plan(
                for: begun.path, from: origin(of: path) ?? .user,
                expecting: manifestServing(from: path), in: preparation)
            let arrival = try tools.store.fill(begun)
            let opening = tools.prober.begin(plan)
            let build = try tools.store.keep(arrival)
            if !isForced && isServing(build, from: path) {
                remember(path, build)
                return examined(path)
            }
            finish(opening, as: build, path, started)
        } catch {
            refuseFile(path, error, isForced: isForced)
            examined(path)
        }
    }

    private func finish(
        _ opening: Prober.Opening, as build: Build, _ path: String, _ started: UInt64
    ) {
        do {
            let opened = try tools.prober.finish(opening, as: build)
            bringIn(opened, path, started)
        } catch {
            rememberRefused(path, build.source)
            refuse(path, step: error.step, reason: error.reason)
            examined(path)
        }
    }

    /// What the file held until now, which the new build probably asks for too.
    private func manifestServing(from path: String) -> Manifest? {
        state.withLock { $0.catalogue.id(of: path) }.flatMap { slot($0)?.latest?.manifest }
    }

    /// A hint may come without a change: the file is then the one that serves, or the one that
    /// was refused.
    private func hasChanged(_ path: String) -> Bool {
        guard let status = try? Files.status(path) else { return true }
        // The file system's clock ticks slowly: two changes may bear the same time.
        let age = Int64(clamping: SystemClock.wallNanoseconds) - status.changedNanoseconds
        guard age > Self.tickNanoseconds else { return true }
        let (id, refused) = state.withLock { ($0.catalogue.id(of: path), $0.refused[path]) }
        if let refused { return !refused.isSameContent(as: status) }
        guard let id, let current = slot(id)?.current, current.source == path else { return true }
        return !current.build.source.isSameContent(as: status)
    }

    private static let tickNanoseconds: Int64 = 100_000_000

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
        keep(
            path,
            Probed(
                build: build, manifest: current.manifest, abilities: current.abilities,
                provider: current.provider))
    }

    private func keep(_ path: String, _ probed: Probed) {
        let entry = ManifestIndex.Entry(
            build: probed.build, manifest: probed.manifest, abilities: probed.abilities.bytes,
            provider: probed.provider?.json.serialized() ?? [])
        let isFirst = state.withLock { state in
            state.refused[path] = nil
            state.strangers[path] = nil
            state.index.set(path, entry)
            defer { state.isIndexStale = true }
            return !state.isIndexStale
        }
        guard isFirst else { return }
        tools.environment.alarms.run(afterSeconds: Self.indexSeconds) { [weak self] in
            guard let self else { return }
            self.tools.environment.lifecyclePool.run { self.writeIndex() }
        }
    }

    /// The index is written once for all the builds of a moment, and not while calls wait for one.
    private static let indexSeconds = 0.3

    /// Writes the index if it has changed. What a crash loses of it is probed again.
    package func writeIndex() {
        let index = state.withLock { state -> ManifestIndex? in
            defer { state.isIndexStale = false }
            return state.isIndexStale ? state.index : nil
        }
        guard let index else { return }
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
        let (formerID, best) = state.withLock { state in
            let formerID = state.catalogue.id(of: path)
            state.catalogue.learn(path, id: id)
            return (formerID, state.catalogue.best(for: id))
        }
        if let formerID, formerID != id { giveUp(formerID, path, "its file now holds \(id)") }
        if let best, best != path {
            opened.discard()
            tell(.shadowed(module: id, source: path, by: best), of: path)
            return examined(path)
        }
        guard isEnabled(opened.manifest, state.withLock { self.slot(id, &$0) }) else {
            opened.discard()
            return examined(path)
        }
        queue(opened, path, started)
    }

    private func queue(_ opened: Prober.Opened, _ path: String, _ started: UInt64) {
        let id = opened.manifest.id
        let slot = state.withLock { self.slot(id, &$0) }
        slot.lane.run {
            // The module may have been retired, and its slot with it, while this waited.
            guard self.slot(id) === slot else { return self.queue(opened, path, started) }
            self.transact(opened, slot, path, started)
            self.examined(path)
        }
    }

    private func transact(
        _ opened: Prober.Opened, _ slot: ModuleSlot, _ path: String, _ started: UInt64
    ) {
        // It waited behind the last job of a kernel that ends.
        guard !isStopping else { return opened.discard() }
        guard admits(opened, slot, path) else { return }
        let old = slot.latest
        var transaction = BuildTransaction(
            slot: slot, source: path, opened: opened, startedNanoseconds: started, tools: tools)
        transaction.beforeChange = { self.makeWay(for: .build(opened.manifest), of: slot) }
        transaction.beforeSwap = { self.rebind() }
        defer { endChange(of: slot) }
        switch transaction.run() {
        case .refused(let event):
            if case .refused(let refused) = event { slot.setProblem(refused.sentence) }
            rememberRefused(path, opened.build.source)
            tell(event, of: path)
        case .serving(let probed, _, let event):
            endProbation(slot)
            keep(path, probed)
            completeLater(probed.build, slot, path)
            if let old { Retirement(slot: slot, tools: tools).begin(old) }
            tell(event, of: path)
        case .onProbation(let probed, let life, let new, let old, let event):
            endProbation(slot)
            keep(path, probed)
            completeLater(probed.build, slot, path)
            let probation = Probation(slot: slot, new: new, old: old, life: life, tools: tools) {
                [weak self] in self?.takenBack(slot, new)
            }
            state.withLock { $0.probations[slot.id] = probation }
            probation.begin()
            tell(event, of: path)
        }
    }

    /// Fetches the debug information of a build, which is most of its file, unless it is replaced
    /// soon: who works on a module replaces it often, and waits for that.
    private func completeLater(_ build: Build, _ slot: ModuleSlot, _ path: String) {
        tools.environment.alarms.run(afterSeconds: Self.completionSeconds) { [weak self] in
            guard let self else { return }
            self.tools.environment.lifecyclePool.run {
                guard slot.latest?.build.hash == build.hash else { return }
                self.tools.store.complete(build, from: path)
            }
        }
    }

    private static let completionSeconds = 1.0

    /// A build that was replaced so soon has no probation to fail any more.
    func endProbation(_ slot: ModuleSlot) {
        state.withLock { $0.probations.removeValue(forKey: slot.id) }?.pass()
    }

    /// A build failed its probation: it is not taken in again as it is.
    private func takenBack(_ slot: ModuleSlot, _ generation: Generation) {
        _ = state.withLock { state in
            state.index.remove(generation.source)
            return state.probations.removeValue(forKey: slot.id)
        }
        rememberRefused(generation.source, generation.build.source)
        settleRelations()
    }

    // MARK: Out of service

    private func refuseFile(_ path: String, _ failure: IngestFailure, isForced: Bool) {
        switch failure {
        case .changing:
            let watch = state.withLock { state in
                if isForced { state.forced.insert(path) }
                return state.watch
            }
            watch?.lookAgain(path)
        case .unfit:
            if let status = try? Files.status(path) { rememberRefused(path, status) }
            refuse(path, step: "take the file in", reason: "\(failure)")
        case .storage:
            refuse(path, step: "take the file in", reason: "\(failure)")
        }
    }

    func rememberRefused(_ path: String, _ status: FileStatus) {
        state.withLock { $0.refused[path] = status }
    }

    func refuse(_ path: String, step: String, reason: String) {
        let id = state.withLock { $0.catalogue.id(of: path) }
        let slot = id.flatMap { self.slot($0) }
        let serving = slot?.current
        let refused = LoaderEvent.Refused(
            module: id, source: path, step: step, reason: reason, stillServing: serving?.number)
        slot?.setProblem(refused.sentence)
        if id == nil { state.withLock { $0.strangers[path] = refused.sentence } }
        tell(.refused(refused), of: path)
    }

    /// The file is not there any more, or not to be used.
    func withdraw(_ path: String, _ reason: String) {
        let id = state.withLock { state in
            state.index.remove(path)
            state.refused[path] = nil
            state.strangers[path] = nil
            return state.catalogue.remove(path)
        }
        guard let id else { return }
        forgetUnserved(id, path)
        // Taking it out of service takes as long as its calls do.
        state.withLock { $0.awaited[path]?.event = .retired(module: id, reason: reason) }
        giveUp(id, path, reason)
    }

    /// The file does not serve this module any more: another one does, or none.
    private func giveUp(_ id: String, _ path: String, _ reason: String) {
        guard let slot = slot(id), let source = slot.latest?.source else { return }
        // A file that was gone before may have counted on this one to take its place.
        guard source == path || state.withLock({ $0.catalogue.id(of: source) }) != id else {
            return
        }
        if let next = state.withLock({ $0.catalogue.best(for: id) }) {
            return look(at: next, evenIfUnchanged: true)
        }
        slot.lane.run { self.retire(slot, reason) }
    }

    private func retire(_ slot: ModuleSlot, _ reason: String) {
        takeOut(slot, reason) { state, _ in state.slots[slot.id] = nil }
    }

    /// Ends the service of a module, after those that need it. Runs on the slot's lane; `note`
    /// says what it is from now on.
    func takeOut(
        _ slot: ModuleSlot, _ reason: String, _ note: (inout State, Generation) -> Void
    ) {
        guard let generation = slot.latest else { return }
        endProbation(slot)
        makeWay(for: .gone, of: slot)
        rebind()
        slot.hold()
        _ = Drainer(generation: generation, slot: slot, options: tools.options)
            .drain(module: slot.id)
        slot.setProblem(reason)
        slot.swap(to: nil)
        state.withLock { state in
            state.relations.parked[slot.id] = nil
            note(&state, generation)
        }
        Retirement(slot: slot, tools: tools).begin(generation)
        tools.environment.report(.retired(module: slot.id, reason: reason))
        endChange(of: slot)
    }
}
