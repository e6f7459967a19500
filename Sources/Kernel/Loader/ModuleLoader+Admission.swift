import KernelBase
import KernelBuilds
import KernelGenerations
import KernelSystem
import Synchronization

/// A build whose file is there, and which does not fit yet.
struct WaitingBuild {
    let path: String
    let manifest: Manifest
    /// Does anybody know that it was not taken in, and why? Not while another build that waits
    /// may bring it in at once.
    var isTold = true
}

// Whether a new build fits the modules that there are, or those that wait with it.
extension ModuleLoader {
    /// What a build's relations mean for its coming into service.
    enum Admission {
        /// The builds that wait for this one: without them modules would be out of service.
        case admitted(with: [WaitingBuild])
        /// The build before goes on.
        case refused(String)
        /// There is no build before: it comes into service once what it needs is there.
        case waits(String)
        /// It does not fit, but would with other builds that wait.
        case fitsWithOthers(String)
    }

    func admission(of manifest: Manifest, to slot: ModuleSlot) -> Admission {
        let after = workedOut(replacing: [manifest])
        let own = after.problems[manifest.id]
        let broken = workedOut().broken(in: after, besides: manifest.id)
            .filter { isInService($0.module) }
        if own == nil && broken.isEmpty { return .admitted(with: []) }
        if let together = fittingTogether(manifest, broken) {
            return own.map { .fitsWithOthers($0.description) } ?? .admitted(with: together)
        }
        if let own {
            return slot.current == nil ? .waits(own.description) : .refused(own.description)
        }
        let reasons = broken.map(\.description).joined(separator: "; ")
        return .refused("\(Self.consequence(broken.map(\.module))): \(reasons)")
    }

    private static func consequence(_ modules: [String]) -> String {
        "it would put \(modules.joined(separator: " and ")) out of service"
    }

    /// The builds that wait for the broken modules, if all that is in service would be in order
    /// with this build and those that wait; else nil.
    private func fittingTogether(
        _ manifest: Manifest, _ broken: [RelationProblem]
    ) -> [WaitingBuild]? {
        let waiting = state.withLock { $0.relations.waiting }.filter { $0.key != manifest.id }
        guard !waiting.isEmpty else { return nil }
        let found = workedOut(replacing: waiting.values.map(\.manifest) + [manifest])
        let concerned = [manifest.id] + broken.map(\.module)
        guard concerned.allSatisfy({ found.problems[$0] == nil }) else { return nil }
        return broken.compactMap { waiting[$0.module] }
    }

    /// False if the build is not to be brought into service now, which was told then.
    func admits(_ opened: Prober.Opened, _ slot: ModuleSlot, _ path: String) -> Bool {
        var admission = admission(of: opened.manifest, to: slot)
        if case .admitted(let together) = admission {
            guard let reason = firstTrouble(with: together) else {
                _ = state.withLock { $0.relations.waiting.removeValue(forKey: slot.id) }
                return true
            }
            admission = .refused(reason)
        }
        opened.discard()
        rememberRefused(path, opened.build.source)
        var build = WaitingBuild(path: path, manifest: opened.manifest)
        if case .fitsWithOthers(let reason) = admission {
            build.isTold = false
            slot.setProblem(reason)
        }
        state.withLock { [build] in $0.relations.waiting[slot.id] = build }
        tell(admission, of: build, slot)
        settleRelations()
        return false
    }

    private func tell(_ admission: Admission, of build: WaitingBuild, _ slot: ModuleSlot) {
        switch admission {
        case .admitted, .fitsWithOthers:
            break
        case .refused(let reason):
            refuse(build.path, step: "relations", reason: reason)
        case .waits(let reason):
            slot.setProblem(reason)
            tell(.retired(module: slot.id, reason: reason), of: build.path)
        }
    }

    // MARK: Builds that wait

    /// Tries the builds that are to come in after another one, before that one puts the modules
    /// out of service for which they wait. Why it must not; nil if they are sound.
    private func firstTrouble(with builds: [WaitingBuild]) -> String? {
        for build in builds {
            guard let refusal = rehearse(build) else { continue }
            let id = build.manifest.id
            _ = state.withLock { $0.relations.waiting.removeValue(forKey: id) }
            refuse(build.path, step: refusal.step, reason: refusal.reason)
            return "\(Self.consequence([id])): the build of \(id) that waits for it \(refusal)"
        }
        return nil
    }

    private func rehearse(_ build: WaitingBuild) -> Prober.Refusal? {
        guard let slot = slot(build.manifest.id) else { return nil }
        let refusal = onLane(of: slot) { self.rehearse(build, slot) }
        return refusal ?? Prober.Refusal(step: "probe", reason: "it was not tried in time")
    }

    /// On the slot's lane: the module's state is taken for it.
    private func rehearse(_ build: WaitingBuild, _ slot: ModuleSlot) -> Prober.Refusal? {
        do {
            let opened = try tools.prober.open(
                build.path, from: origin(of: build.path) ?? .user, expecting: build.manifest)
            guard opened.manifest.bytes == build.manifest.bytes else {
                opened.discard()
                return Prober.Refusal(step: "probe", reason: "its file has changed")
            }
            _ = try Trial(opened: opened, slot: slot, tools: tools).run()
            return nil
        } catch let refusal as Prober.Refusal {
            return refusal
        } catch {
            return Prober.Refusal(step: "probe", reason: "\(error)")
        }
    }

    /// The file is gone of a build that waits, or that is not used for another reason: another
    /// file serves the module, or nobody hears of it any more.
    func forgetUnserved(_ id: String, _ path: String) {
        let (slot, next) = state.withLock { state in
            if state.relations.waiting[id]?.path == path { state.relations.waiting[id] = nil }
            return (state.slots[id], state.catalogue.best(for: id))
        }
        guard let slot, slot.latest == nil else { return }
        if let next {
            // One that is being examined comes by itself.
            guard state.withLock({ $0.examined[next] == nil }) else { return }
            return look(at: next, evenIfUnchanged: true)
        }
        slot.lane.run {
            _ = self.state.withLock { state -> ModuleSlot? in
                guard slot.latest == nil, state.catalogue.best(for: id) == nil else { return nil }
                state.relations.switchedOff[id] = nil
                return state.slots.removeValue(forKey: id)
            }
            self.settleRelations()
        }
    }

    /// Builds that fit now are looked at again, once all that they need is in service. Those that
    /// would have fitted with another one are refused once that one has not come in.
    func lookAtWaiting() {
        let (waiting, isQuiet) = state.withLock {
            ($0.relations.waiting, $0.examined.isEmpty)
        }
        for (id, build) in waiting.sorted(by: { $0.key < $1.key }) {
            guard let slot = slot(id) else { continue }
            let admission = admission(of: build.manifest, to: slot)
            guard case .admitted = admission else {
                if !build.isTold && isQuiet { tellAtLast(admission, build, slot) }
                continue
            }
            let after = workedOut(replacing: [build.manifest])
            guard (after.bindings[id] ?? [:]).values.allSatisfy({ isInService($0.id) }) else {
                continue
            }
            _ = state.withLock { $0.relations.waiting.removeValue(forKey: id) }
            look(at: build.path, evenIfUnchanged: true)
        }
    }

    private func tellAtLast(_ admission: Admission, _ build: WaitingBuild, _ slot: ModuleSlot) {
        if case .fitsWithOthers = admission { return }
        state.withLock { $0.relations.waiting[slot.id]?.isTold = true }
        tell(admission, of: build, slot)
    }
}
