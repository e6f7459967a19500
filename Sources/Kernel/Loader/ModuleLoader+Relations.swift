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
    /// What modules are about to be. Whoever changes one says so before it tells those that
    /// depend on it, and has everything worked out again at the end.
    var upcoming: [String: Upcoming] = [:]
    /// How often what follows from a change has still to be worked out.
    var pending = 0
}

/// What a module is about to be.
enum Upcoming {
    case gone
    case build(Manifest)
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

    /// The modules that were found, each as it is about to be or with its latest build;
    /// `replacing` stand for those of the same id.
    private func members(
        replacing: [Manifest] = []
    ) -> (members: [Relations.Member], manifests: [String: Manifest]) {
        let facts = state.withLock { $0.relations }
        var manifests: [String: Manifest] = [:]
        var obstacles: [String: String] = [:]
        for slot in slots {
            let id = slot.id
            let known = slot.latest?.manifest ?? facts.waiting[id]?.manifest
            switch facts.upcoming[id] {
            case .gone?: continue
            case .build(let manifest)?: manifests[id] = manifest
            case nil:
                guard let manifest = known ?? facts.switchedOff[id] else { continue }
                manifests[id] = manifest
                let mayServe =
                    slot.current != nil || facts.parked[id] != nil || facts.waiting[id] != nil
                obstacles[id] = mayServe ? nil : slot.problem ?? "it is being loaded"
            }
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

    /// As all modules are, or are about to be.
    func workedOut(replacing: [Manifest] = []) -> Relations {
        guard requiresAny(replacing) else { return Relations() }
        return relations(of: members(replacing: replacing).members)
    }

    /// The usual case is that no module requires another: a reload asks several times, and need
    /// not look at all modules for that.
    private func requiresAny(_ replacing: [Manifest]) -> Bool {
        let (slots, facts) = state.withLock { ($0.slots.values, $0.relations) }
        let upcoming = facts.upcoming.values.contains { upcoming in
            if case .build(let manifest) = upcoming { !manifest.requires.isEmpty } else { false }
        }
        return upcoming || replacing.contains { !$0.requires.isEmpty }
            || facts.waiting.values.contains { !$0.manifest.requires.isEmpty }
            || facts.switchedOff.values.contains { !$0.requires.isEmpty }
            || slots.contains { $0.latest?.manifest.requires.isEmpty == false }
    }

    /// Nothing has to be worked out where no module requires another.
    private func relations(of members: [Relations.Member]) -> Relations {
        members.contains { !$0.requires.isEmpty } ? Relations(members) : Relations()
    }

    func isInService(_ id: String) -> Bool { slot(id)?.current != nil }

    /// Has requests routed as all modules are, or are about to be. One at a time, so that what
    /// was worked out from older facts never takes the place of what was from newer ones.
    private func publish() -> Relations {
        publication.withLock { _ in
            let (members, manifests) = members()
            let found = relations(of: members)
            relations.publish(found, manifests)
            return found
        }
    }

    // MARK: A module that changes or leaves

    /// Takes those out of service first that cannot be with what this module is about to be: what
    /// they are at work on may need it until then.
    func makeWay(for upcoming: Upcoming, of slot: ModuleSlot) {
        let before = workedOut()
        state.withLock { $0.relations.upcoming[slot.id] = upcoming }
        park(before.broken(in: workedOut(), besides: slot.id))
    }

    /// Has requests routed as they will be: of a module that changes in the moment in which its
    /// calls are held, so that none goes by the old relations to the new build.
    func rebind() {
        _ = publish()
    }

    /// The module is what it was about to be, or stays what it was.
    func endChange(of slot: ModuleSlot) {
        state.withLock { $0.relations.upcoming[slot.id] = nil }
        settleRelations()
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
            // Also one that is just coming back, on its lane.
            guard let slot = slot(problem.module), slot.latest != nil else { continue }
            _ = onLane(of: slot) { self.park(slot) }
        }
    }

    /// On the slot's lane, where it is seen whether there is still a reason.
    private func park(_ slot: ModuleSlot) {
        guard let generation = slot.current, let problem = workedOut().problems[slot.id] else {
            return
        }
        endProbation(slot)
        slot.hold()
        _ = Drainer(generation: generation, slot: slot, options: tools.options)
            .drain(module: slot.id)
        generation.workers.renew()
        // Nobody starts it again if its worker ends.
        generation.isLeaving = true
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

    /// What the module needs is there again. On the slot's lane, where it is seen whether that is
    /// still so; false if nothing was done.
    private func unpark(_ slot: ModuleSlot) -> Bool {
        guard let wasTold = state.withLock({ $0.relations.parked[slot.id] }), !isStopping,
            slot.current == nil, let generation = slot.latest
        else { return false }
        let now = workedOut()
        guard now.problems[slot.id] == nil,
            (now.bindings[slot.id] ?? [:]).values.allSatisfy({ isInService($0.id) })
        else { return false }
        let trouble = Resumption(generation: generation, slot: slot, tools: tools)
            .resume(after: "what \(slot.id) needs is there again")
        state.withLock { $0.relations.parked[slot.id] = nil }
        guard trouble.isEmpty else { return true }
        slot.setProblem(nil)
        if wasTold {
            tools.environment.report(.resumed(module: slot.id, generation: generation.number))
        }
        return true
    }

    /// A module that is known from before and requires others: it serves once these do.
    func parkUnseen(_ generation: Generation, _ slot: ModuleSlot) {
        state.withLock { $0.relations.parked[slot.id] = false }
        slot.suspend(generation, "what it needs is being looked for")
    }

    /// On the slot's lane, waiting for it, but no longer than its functions may take: nil then,
    /// and it is done later.
    func onLane<Value: Sendable>(
        of slot: ModuleSlot, _ body: @escaping @Sendable () -> Value
    ) -> Value? {
        let options = tools.options
        return slot.lane.value(
            withinSeconds: options.drainSeconds + options.graceSeconds + options.probeSeconds, body)
    }

    // MARK: What follows from a change

    /// Works out who can be in service now, and brings that about.
    func settleRelations() {
        state.withLock { $0.relations.pending += 1 }
        relationLane.run {
            var rounds = 0
            while !self.isStopping, rounds < Self.roundsMax, self.settleOnce() { rounds += 1 }
            self.state.withLock { $0.relations.pending -= 1 }
            self.noteSettling()
        }
    }

    /// As `settleRelations`, and waits for it.
    func settleRelationsNow(withinSeconds seconds: Double) {
        settleRelations()
        _ = relationLane.value(withinSeconds: seconds) {}
    }

    /// A change can bring about another; that this comes to an end is only certain where nobody
    /// else changes anything.
    private static let roundsMax = 64

    var isStopping: Bool { state.withLock { $0.isStopping } }

    /// True if modules came or went.
    private func settleOnce() -> Bool {
        // Whoever changes a module has this done once it has.
        guard state.withLock({ $0.relations.upcoming.isEmpty }) else { return false }
        let found = publish()
        let leaving = found.problems.values.filter { isInService($0.module) }
        park(Array(leaving))
        let parked = state.withLock { $0.relations.parked }
        var changed = !leaving.isEmpty
        for id in found.startOrder where parked[id] != nil {
            guard let slot = slot(id) else { continue }
            if onLane(of: slot, { self.unpark(slot) }) == true { changed = true }
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
}
