import KernelBase
import KernelBuilds
package import KernelGenerations
import KernelHosting
import KernelSystem
import KernelWorkers
import Synchronization

/// What the loader remembers of modules that wait for others.
struct RelationFacts {
    /// Modules that are out of service for want of a provider, and come back as they are; true if
    /// that was told.
    var parked: [String: Bool] = [:]
    /// Builds that were not taken into service, but may be once another one has changed.
    var waiting: [String: WaitingBuild] = [:]
    /// What is known of modules that are switched off.
    var switchedOff: [String: Manifest] = [:]
    /// How often what follows from a change has still to be worked out.
    var pending = 0
}

/// A build whose file is there, and which does not fit yet.
struct WaitingBuild {
    let path: String
    let manifest: Manifest
}

// How modules need each other: who is in service at all, and who serves whom.
extension ModuleLoader {
    /// What modules ask of each other.
    package var relay: AskRelay { tools.relay }

    /// The module is out of service for want of a provider, and comes back by itself.
    package func isWaiting(_ id: String) -> Bool {
        state.withLock { $0.relations.parked[id] != nil || $0.relations.waiting[id] != nil }
    }

    // MARK: All modules, as they are or would be

    /// The modules that were found, each with its latest build; `replacing` stand for those of the
    /// same id, `missing` for none.
    private func members(
        replacing: [Manifest] = [], missing: String? = nil
    ) -> (members: [Relations.Member], manifests: [String: Manifest]) {
        let facts = state.withLock { $0.relations }
        var manifests: [String: Manifest] = [:]
        var obstacles: [String: String] = [:]
        for slot in slots where slot.id != missing {
            let id = slot.id
            let known = slot.latest?.manifest ?? facts.waiting[id]?.manifest
            guard let manifest = known ?? facts.switchedOff[id] else { continue }
            manifests[id] = manifest
            let mayServe =
                slot.current != nil || facts.parked[id] != nil || facts.waiting[id] != nil
            obstacles[id] = mayServe ? nil : slot.problem ?? "it is being loaded"
        }
        for manifest in replacing {
            manifests[manifest.id] = manifest
            obstacles[manifest.id] = nil
        }
        let choices = tools.environment.providers
        let members = manifests.values.map { manifest in
            Relations.Member(
                manifest, choices: manifest.requires.isEmpty ? [:] : choices(manifest.id),
                obstacle: obstacles[manifest.id])
        }
        return (members, manifests)
    }

    /// Nothing has to be worked out where no module requires another.
    private func relations(of members: [Relations.Member]) -> Relations {
        members.contains { !$0.requires.isEmpty } ? Relations(members) : Relations()
    }

    private func isInService(_ id: String) -> Bool { slot(id)?.current != nil }

    // MARK: A new build

    /// What a build's relations mean for its coming into service.
    enum Admission {
        /// The modules that have to go out of service first, since builds of them wait that fit.
        case admitted(parking: [RelationProblem])
        /// The build before goes on.
        case refused(String)
        /// There is no build before: it comes into service once what it needs is there.
        case waits(String)
        /// With other builds that wait it would fit.
        case fitsWithOthers
    }

    func admission(of manifest: Manifest, to slot: ModuleSlot) -> Admission {
        let before = relations(of: members().members)
        let after = relations(of: members(replacing: [manifest]).members)
        let own = after.problems[manifest.id]
        let broken = before.broken(in: after, besides: manifest.id)
            .filter { isInService($0.module) }
        if own == nil && broken.isEmpty { return .admitted(parking: []) }
        if fitTogether(manifest, broken) {
            return own == nil ? .admitted(parking: broken) : .fitsWithOthers
        }
        if let own {
            return slot.current == nil ? .waits(own.description) : .refused(own.description)
        }
        let names = broken.map(\.module).joined(separator: " and ")
        let reasons = broken.map(\.description).joined(separator: "; ")
        return .refused("it would put \(names) out of service: \(reasons)")
    }

    /// Would the build, those that wait, and all that is in service be in order together?
    private func fitTogether(_ manifest: Manifest, _ broken: [RelationProblem]) -> Bool {
        let waiting = state.withLock { $0.relations.waiting.values.map(\.manifest) }
            .filter { $0.id != manifest.id }
        guard !waiting.isEmpty else { return false }
        let found = relations(of: members(replacing: waiting + [manifest]).members)
        let concerned = [manifest.id] + broken.map(\.module)
        return concerned.allSatisfy { found.problems[$0] == nil }
    }

    /// False if the build is not to be brought into service now, which was told then.
    func admits(_ opened: Prober.Opened, _ slot: ModuleSlot, _ path: String) -> Bool {
        let manifest = opened.manifest
        switch admission(of: manifest, to: slot) {
        case .admitted(let parking):
            state.withLock { _ = $0.relations.waiting.removeValue(forKey: slot.id) }
            park(parking)
            return true
        case .refused(let reason):
            remember(opened, path)
            refuse(path, step: "relations", reason: reason)
        case .waits(let reason):
            remember(opened, path)
            slot.setProblem(reason)
            tools.environment.report(.retired(module: slot.id, reason: reason))
        case .fitsWithOthers:
            remember(opened, path)
        }
        settleRelations()
        return false
    }

    private func remember(_ opened: Prober.Opened, _ path: String) {
        opened.discard()
        rememberRefused(path, opened.build.source)
        let build = WaitingBuild(path: path, manifest: opened.manifest)
        state.withLock { $0.relations.waiting[opened.manifest.id] = build }
    }

    /// The file of a build that waits is gone.
    func forgetWaiting(_ path: String) {
        let slot = state.withLock { state -> ModuleSlot? in
            guard let id = state.relations.waiting.first(where: { $0.value.path == path })?.key
            else { return nil }
            state.relations.waiting[id] = nil
            guard let slot = state.slots[id], slot.latest == nil else { return nil }
            return state.slots.removeValue(forKey: id)
        }
        if slot != nil { settleRelations() }
    }

    /// Has requests routed as the new build wants it: in the moment in which calls are held, so
    /// that none goes by the old relations to the new build.
    func rebind(to manifest: Manifest) {
        let (members, manifests) = members(replacing: [manifest])
        relations.publish(relations(of: members), manifests)
    }

    // MARK: A module that leaves

    /// Takes those out of service first that cannot be without this module: what they are at work
    /// on may need it until then.
    func parkDependants(of slot: ModuleSlot) {
        let current = relations.relations
        guard !current.dependants(of: slot.id).isEmpty else { return }
        let (members, manifests) = members(missing: slot.id)
        let after = relations(of: members)
        park(current.broken(in: after, besides: slot.id))
        relations.publish(after, manifests)
    }

    // MARK: Out of service, and back

    /// Those that depend on others go first.
    private func park(_ problems: [RelationProblem]) {
        let order = relations.relations.startOrder
        let places = Dictionary(
            order.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
        let sorted = problems.sorted {
            (places[$0.module] ?? .max, $0.module) > (places[$1.module] ?? .max, $1.module)
        }
        for problem in sorted {
            guard let slot = slot(problem.module), slot.current != nil else { continue }
            onLane(of: slot) { self.park(slot, problem) }
        }
    }

    private func park(_ slot: ModuleSlot, _ problem: RelationProblem) {
        guard let generation = slot.current else { return }
        endProbation(slot)
        slot.hold()
        _ = Drainer(generation: generation, slot: slot, options: tools.options)
            .drain(module: slot.id)
        generation.workers.renew()
        state.withLock { $0.relations.parked[slot.id] = true }
        if let instance = generation.instanceIfPresent, instance.hangingStep == nil {
            do throws(ModuleFailure) {
                try tools.bounded(.stop, of: instance) { () throws(ModuleFailure) in
                    instance.stop()
                }
            } catch {
                tools.environment.report(.warning("\(slot.id) \(error)"))
            }
        }
        slot.suspend(generation, problem.description)
        tools.environment.report(.retired(module: slot.id, reason: problem.description))
    }

    /// What the module needs is there again.
    private func unpark(_ slot: ModuleSlot) {
        let wasTold = state.withLock { $0.relations.parked.removeValue(forKey: slot.id) }
        guard let wasTold, slot.current == nil, let generation = slot.latest else { return }
        let trouble = Resumption(generation: generation, slot: slot, tools: tools)
            .resume(after: "what \(slot.id) needs is there again")
        guard trouble.isEmpty else { return }
        slot.setProblem(nil)
        guard wasTold else { return }
        tools.environment.report(.resumed(module: slot.id, generation: generation.number))
    }

    /// A module that is known from before and requires others: it serves once these do.
    func parkUnseen(_ generation: Generation, _ slot: ModuleSlot) {
        state.withLock { $0.relations.parked[slot.id] = false }
        slot.suspend(generation, "what it needs is being looked for")
    }

    /// On the slot's lane, waiting for it, but no longer than its functions may take.
    private func onLane(of slot: ModuleSlot, _ body: @escaping @Sendable () -> Void) {
        let done = Condition(false)
        slot.lane.run {
            body()
            done.withLock { $0 = true }
            done.broadcast()
        }
        let options = tools.options
        let seconds = options.drainSeconds + options.graceSeconds + options.probeSeconds
        let deadline = SystemClock.monotonicNanoseconds + UInt64(seconds * 1e9)
        _ = done.wait(untilNanoseconds: deadline) { $0 ? true : nil }
    }

    // MARK: What follows from a change

    /// Works out who can be in service now, and brings that about.
    func settleRelations(then done: @escaping @Sendable () -> Void = {}) {
        state.withLock { $0.relations.pending += 1 }
        relationLane.run {
            var rounds = 0
            while !self.isStopping, rounds < Self.roundsMax, self.settleOnce() { rounds += 1 }
            self.state.withLock { $0.relations.pending -= 1 }
            done()
        }
    }

    /// As `settleRelations`, and waits for it.
    func settleRelationsNow(withinSeconds seconds: Double) {
        let isDone = Condition(false)
        settleRelations {
            isDone.withLock { $0 = true }
            isDone.broadcast()
        }
        let deadline = SystemClock.monotonicNanoseconds + UInt64(seconds * 1e9)
        _ = isDone.wait(untilNanoseconds: deadline) { $0 ? true : nil }
    }

    /// A change can bring about another; that this comes to an end is only certain where nobody
    /// else changes anything.
    private static let roundsMax = 64

    private var isStopping: Bool { state.withLock { $0.isStopping } }

    /// True if modules came or went.
    private func settleOnce() -> Bool {
        let (members, manifests) = members()
        let found = relations(of: members)
        relations.publish(found, manifests)
        let leaving = found.problems.values.filter { isInService($0.module) }
        park(Array(leaving))
        let parked = state.withLock { $0.relations.parked }
        var changed = !leaving.isEmpty
        for id in found.startOrder where parked[id] != nil {
            guard let slot = slot(id) else { continue }
            onLane(of: slot) { self.unpark(slot) }
            changed = true
        }
        tell(found.problems)
        lookAtWaiting()
        return changed
    }

    /// Modules that wait say what for, which may be something else than before.
    private func tell(_ problems: [String: RelationProblem]) {
        for problem in problems.values where isWaiting(problem.module) {
            guard let slot = slot(problem.module), slot.current == nil else { continue }
            slot.setProblem(problem.description)
            let isNews = state.withLock { state -> Bool in
                guard state.relations.parked[slot.id] == false else { return false }
                state.relations.parked[slot.id] = true
                return true
            }
            guard isNews else { continue }
            tools.environment.report(.retired(module: slot.id, reason: problem.description))
        }
    }

    /// Builds that fit now are looked at again, once all that they need is in service.
    private func lookAtWaiting() {
        let waiting = state.withLock { $0.relations.waiting }
        for (id, build) in waiting.sorted(by: { $0.key < $1.key }) {
            guard let slot = slot(id), case .admitted = admission(of: build.manifest, to: slot)
            else { continue }
            let after = relations(of: members(replacing: [build.manifest]).members)
            guard (after.bindings[id] ?? [:]).values.allSatisfy({ isInService($0.id) }) else {
                continue
            }
            state.withLock { _ = $0.relations.waiting.removeValue(forKey: id) }
            look(at: build.path, evenIfUnchanged: true)
        }
    }
}
