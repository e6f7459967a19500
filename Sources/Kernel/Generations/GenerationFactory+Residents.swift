import KernelBase
import KernelBuilds
import KernelHosting
import KernelResidence
import KernelStore
import KernelSystem
import KernelWorkers
import Synchronization

// Instances that live in a worker of their own, and what follows when one ends.
extension GenerationFactory {
    /// Forks a worker, opens the build there and creates an instance, which is neither configured
    /// nor started.
    func makeResident(
        of generation: Generation, _ slot: ModuleSlot
    ) throws(ModuleFailure) -> Resident {
        var step = LifecycleStep.open
        do throws(WorkerFailure) {
            let manifest = generation.manifest
            let worker = try makeWorker(manifest.id, of: generation.build)
            let opened = try open(
                generation.build, manifest, environment.settings(manifest),
                from: generation.origin, in: worker)
            generation.walls = opened.walls
            guard opened.manifest == manifest.bytes else {
                worker.kill()
                throw .refused(
                    ModuleFailure(
                        .manifest, .invalid, "the manifest differs from the one that the probe read"
                    )
                )
            }
            step = .create
            var setUp = SetUpRequest(
                configuration: nil, state: nil, testsItself: false, starts: false,
                stateFolder: options.stateFolder(of: generation.manifest.id))
            setUp.isHeard = true
            let answer = try worker.request(
                .setUp, body: setUp.bytes, seconds: options.probeSeconds)
            return try settle(worker, answer, generation, slot)
        } catch {
            throw Self.failure(error, at: step)
        }
    }

    private static func failure(_ failure: WorkerFailure, at step: LifecycleStep) -> ModuleFailure {
        switch failure {
        case .refused(let reason): reason
        case .timedOut: ModuleFailure(step, .deadline, "\(failure)")
        case .died, .overran, .broken, .unreached: ModuleFailure(step, .failed, "\(failure)")
        }
    }

    private func settle(
        _ worker: WorkerProcess, _ answer: Frame, _ generation: Generation, _ slot: ModuleSlot
    ) throws(WorkerFailure) -> Resident {
        do {
            return try Resident(
                worker,
                Resident.Identity(
                    module: generation.manifest.id, build: generation.build.shortHash,
                    tasks: generation.manifest.tasks.map(\.name)),
                canDo: try ModuleInstance.Abilities(answer.body), limits: options.residentLimits,
                tools: ResidentTools(
                    office: try residentOffice(), alarms: environment.alarms,
                    pool: environment.lifecyclePool),
                events: workerEvents(generation.manifest.id), owner: owner(of: generation, slot))
        } catch {
            worker.kill()
            throw .broken("\(error)")
        }
    }

    private static let notInService = "it is not in service"

    private func owner(of generation: Generation, _ slot: ModuleSlot) -> Resident.Owner {
        let checkpoints =
            generation.abilities.keepsState
            ? Checkpointer(alarms: environment.alarms, lane: slot.lane) { [weak generation] in
                if let generation { self.saveCopy(of: generation) }
            } : nil
        return Resident.Owner(
            lost: { [weak generation] in generation?.lose($0) },
            ended: { [weak generation, weak slot] resident, death in
                let advice = generation?.afterLoss(of: resident) { [weak generation, weak slot] in
                    guard let generation, let slot else { return Self.notInService }
                    return self.resume(generation, slot, after: death)
                }
                return advice ?? Self.notInService
            },
            callEnded: { checkpoints?.changed() })
    }

    /// What the state would be restored from if the worker ended now. On the slot's lane.
    private func saveCopy(of generation: Generation) {
        guard !generation.isLeaving, let instance = generation.instanceIfPresent,
            instance.isActive
        else { return }
        do throws(ModuleFailure) {
            guard let bytes = try instance.saveState(bytesMax: options.checkpointBytesMax) else {
                return
            }
            generation.saved = SavedState(
                version: generation.manifest.stateVersion ?? 0, bytes: bytes)
        } catch {
            let module = generation.manifest.id
            environment.log(
                LogLine(
                    module: module, level: .warning,
                    text: "the state was not saved for a restart after a crash: \(error)"))
        }
    }

    // MARK: Into service

    /// Makes, configures, restores and starts. A build that fails at that rests, or is
    /// quarantined.
    func makeResidentInService(
        of generation: Generation, _ slot: ModuleSlot
    ) -> Generation.Made {
        do throws(ModuleFailure) {
            let resident = try makeResident(of: generation, slot)
            do throws(ModuleFailure) {
                try prepare(resident, generation)
            } catch {
                resident.stopAndDestroy()
                throw error
            }
            for failureClass in [FailureClass.load, .prepare, .start] {
                environment.containment.succeed(build: generation.build.hash, failureClass)
            }
            return .success(resident)
        } catch {
            let verdict = environment.containment.fail(
                BuildFailure(
                    module: slot.id, build: generation.build.hash, FailureClass(error),
                    reason: error.description))
            let rest = self.rest(verdict, since: error.description)
            environment.report(
                .ended(
                    module: slot.id, reason: error.description, consequence: rest.consequence))
            wake(generation, slot, after: rest)
            return .failure(.resting(rest))
        }
    }

    private func prepare(
        _ resident: Resident, _ generation: Generation
    ) throws(ModuleFailure) {
        try configure(resident, generation.manifest)
        if let saved = generation.saved, resident.canDo.keepsState {
            do throws(ModuleFailure) {
                try resident.loadState(saved.bytes, version: saved.version)
            } catch {
                // It may be the state that it fails at: the next attempt is made without.
                generation.saved = nil
                environment.report(
                    .warning("\(generation.manifest.id) has lost its state: \(error)"))
                throw error
            }
        }
        try resident.start()
    }

    // MARK: After the end of a worker

    /// Decides what comes next, and says it as half a sentence.
    private func resume(
        _ generation: Generation, _ slot: ModuleSlot, after death: Resident.Death
    ) -> String {
        let reason = death.sentence
        slot.statistics.countWorkerEnd()
        if generation.isLeaving {
            generation.letGo("being replaced")
            return "it is being replaced"
        }
        if !death.isByOthers, takesBack(slot, generation, reason) {
            generation.letGo("being taken back, since \(reason)")
            return "the build is taken back"
        }
        let verdict = environment.containment.fail(
            BuildFailure(
                module: slot.id, build: generation.build.hash, death.failureClass, reason: reason))
        let rest = self.rest(verdict, since: reason)
        environment.report(
            .ended(module: slot.id, reason: reason, consequence: rest.consequence))
        if case .retry(let seconds) = verdict, seconds <= Self.waitSecondsMax {
            reviveSoon(generation, afterSeconds: seconds)
        } else {
            generation.rest(rest)
            wake(generation, slot, after: rest)
        }
        return "it is \(rest.consequence)"
    }

    /// Calls wait so long for a worker that is to be started again; those that would have to wait
    /// longer are refused.
    private static let waitSecondsMax = 2.0

    private func reviveSoon(_ generation: Generation, afterSeconds seconds: Double) {
        guard seconds > 0 else { return generation.revive() }
        environment.alarms.run(afterSeconds: seconds) { [weak generation] in
            guard let generation else { return }
            generation.isLeaving ? generation.letGo("being replaced") : generation.revive()
        }
    }

    private func rest(_ verdict: Containment.Verdict, since reason: String) -> Rest {
        switch verdict {
        case .quarantined(let record):
            return Rest(quarantine: record)
        case .retry(let seconds):
            let end = SystemClock.monotonicNanoseconds + UInt64(seconds * 1e9)
            return Rest(untilNanoseconds: end, since: reason) {
                let now = SystemClock.monotonicNanoseconds
                guard now < end else { return "started again" }
                return "started again in \(Span.words(Double(end - now) / 1e9))"
            }
        }
    }

    /// Has the module started again when its time has come, if it still serves: it may have work
    /// to do that nobody calls for. A quarantine may have no end.
    func wake(_ generation: Generation, _ slot: ModuleSlot, after rest: Rest) {
        guard rest.untilNanoseconds != .max else { return }
        environment.alarms.run(atNanoseconds: rest.untilNanoseconds) {
            [weak generation, weak slot] in
            guard let generation, let slot, slot.current === generation else { return }
            generation.withInstance { made in
                // A rest of no time may be over before the failure that it follows is settled.
                guard case .failure(.resting(let told)) = made,
                    told.untilNanoseconds == rest.untilNanoseconds
                else { return }
                generation.withInstance { _ in }
            }
        }
    }
}

extension Rest {
    init(quarantine record: QuarantineRecord) {
        let now = Moment.now
        let left = record.until.map { max(0, $0.milliseconds - now.milliseconds) }
        let nanoseconds = left.map { UInt64($0) * 1_000_000 }
        self.init(
            untilNanoseconds: nanoseconds.map { SystemClock.monotonicNanoseconds + $0 } ?? .max,
            isQuarantine: true, since: record.reason
        ) { record.consequence(at: .now) }
    }
}
