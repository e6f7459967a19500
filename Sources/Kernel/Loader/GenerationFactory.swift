import KernelBase
import KernelBuilds
import KernelHosting
import KernelSystem
import KernelWorkers
import Synchronization

/// Makes generations, the instances that they have in this process, and their workers.
final class GenerationFactory: Sendable {
    private let environment: LoaderEnvironment
    private let options: LoaderOptions
    private let store: BuildStore
    private let mapped = Mutex(Mapped())

    private struct Mapped {
        var paths: Set<String> = []
        var entryAddresses: Set<UInt> = []
        var copies: UInt64 = 0
    }

    init(environment: LoaderEnvironment, options: LoaderOptions, store: BuildStore) {
        self.environment = environment
        self.options = options
        self.store = store
    }

    func makeGeneration(_ probed: Probed, source: String, slot: ModuleSlot) -> Generation {
        let makeWorker = workerMaker(probed.build, probed.manifest)
        return Generation(
            number: slot.nextNumber(), source: source, probed: probed,
            workers: WorkerPool(
                limits: options.workers, alarms: environment.alarms, make: makeWorker),
            place: place(slot, probed),
            mapper: { [unowned self, unowned slot] generation, waiter in
                self.beginMaking(generation, slot, waiter)
            })
    }

    /// Makes and starts an instance for its first use. One that comes too late is not used: its
    /// callers have been refused, and the generation may have been retired.
    private func beginMaking(
        _ generation: Generation, _ slot: ModuleSlot, _ waiter: @escaping Generation.Waiter
    ) {
        let job = Bounded<ModuleInstance>(
            on: environment.lifecyclePool, .start, withinSeconds: options.probeSeconds)
        job.begin(
            alarms: environment.alarms,
            late: { made in if case .success(let instance) = made { instance.stopAndDestroy() } },
            onTime: waiter
        ) { () throws(ModuleFailure) in
            guard self.store.isWhole(generation.build) else {
                throw ModuleFailure(
                    .open, .failed,
                    "the private copy of build \(generation.build.shortHash) is damaged: "
                        + "touch \(generation.source) to have it taken in again")
            }
            let instance = try self.makeInstance(of: generation, slot: slot)
            try self.configure(instance, generation.manifest)
            try instance.start()
            return instance
        }
    }

    /// A build that is kept out of this process works in workers, unless it keeps a state or
    /// resources: each call would meet another instance.
    private func place(_ slot: ModuleSlot, _ probed: Probed) -> Generation.Place {
        let isolation = environment.isolation(probed.manifest.id, probed.build.hash)
        let needsOneInstance = probed.abilities.keepsState || probed.abilities.startsOrStops
        let isIsolated = isolation != nil && !needsOneInstance
        return Generation.Place(
            runsInWorkersOnly: isIsolated || isOverBudget(slot, probed), isolation: isolation)
    }

    /// Generations are never unmapped, so that their number has a limit; beyond it a module
    /// works in processes, which end. One that keeps a state or resources cannot, since each call
    /// would meet another instance: it goes on, and the loader warns.
    private func isOverBudget(_ slot: ModuleSlot, _ probed: Probed) -> Bool {
        let abilities = probed.abilities
        guard isOverBudget(slot) else { return false }
        guard abilities.keepsState || abilities.startsOrStops else { return true }
        environment.report(
            .warning(
                "\(slot.id) has \(slot.kept.generations) generations in memory; "
                    + "restart the kernel to free them"))
        return false
    }

    private func isOverBudget(_ slot: ModuleSlot) -> Bool {
        let kept = slot.kept
        return kept.generations >= options.generationsMax
            || kept.bytes >= options.generationBytesMax
    }

    // MARK: In this process

    /// Maps the build and creates an instance, which is neither configured nor started.
    func makeInstance(
        of generation: Generation, slot: ModuleSlot
    ) throws(ModuleFailure) -> ModuleInstance {
        if let isolation = generation.isolation {
            throw ModuleFailure(.open, .denied, isolation)
        }
        let path = try unmappedPath(of: generation.build)
        let image = try ModuleImage(opening: path, recorded: generation.recorded)
        let isNew = mapped.withLock { mapped in
            mapped.paths.insert(path)
            return mapped.entryAddresses.insert(image.entryAddress).inserted
        }
        guard isNew else {
            throw ModuleFailure(
                .open, .failed, "the system's loader gave the library of an older build again")
        }
        slot.countMapped(bytes: generation.build.writableBytes)
        guard image.manifest == generation.manifest.bytes else {
            throw ModuleFailure(
                .manifest, .invalid, "the manifest differs from the one that the probe read")
        }
        return try ModuleInstance(
            of: image, services: services(generation.manifest.id), recorded: generation.recorded)
    }

    /// A path that was not mapped in this process before.
    private func unmappedPath(of build: Build) throws(ModuleFailure) -> String {
        let number = mapped.withLock { mapped -> UInt64? in
            guard mapped.paths.contains(build.path) else { return nil }
            mapped.copies += 1
            return mapped.copies
        }
        guard let number else { return build.path }
        do {
            return try store.duplicate(build, number: number)
        } catch {
            throw ModuleFailure(.open, .failed, "\(error)")
        }
    }

    func configure(_ instance: ModuleInstance, _ manifest: Manifest) throws(ModuleFailure) {
        let settings = environment.settings(manifest)
        if let problem = settings.problem { throw ModuleFailure(.configure, .invalid, problem) }
        try instance.configure(
            own: settings.configuration.own, user: settings.configuration.user)
    }

    private func services(_ module: String) -> HostServices {
        let log = environment.log
        let mainLoop = environment.mainLoop
        let pool = environment.pool
        var services = HostServices(
            log: { level, call, text in
                log(LogLine(module: module, level: level, call: call, text: text))
            },
            runOnMain: { job in mainLoop.run(label: module, job) },
            runOnPool: { job in pool.run(job) })
        if options.watchesContract {
            services.violation = { violation in
                log(
                    LogLine(
                        module: module, level: .error, call: violation.call,
                        text: "broke the contract: \(violation)"))
            }
        }
        return services
    }

    // MARK: In workers

    private func workerMaker(_ build: Build, _ manifest: Manifest) -> WorkerPool.Maker {
        let environment = environment
        let options = options
        return { () throws(WorkerFailure) in
            let log = environment.log
            let zygote: Zygote
            do {
                zygote = try environment.zygote()
            } catch {
                throw .broken("\(error)")
            }
            let worker = try WorkerProcess(
                zygote: zygote, name: "kernel-\(manifest.id)", output: environment.output,
                events: WorkerEvents(log: { level, call, text in
                    log(LogLine(module: manifest.id, level: level, call: call, text: text))
                }))
            let settings = environment.settings(manifest)
            if let problem = settings.problem { throw .broken(problem) }
            let open = OpenRequest(path: build.path, watchesContract: options.watchesContract)
            _ = try worker.request(.open, body: open.bytes, seconds: options.probeSeconds)
            let setUp = SetUpRequest(
                configuration: settings.configuration, state: nil, testsItself: false,
                starts: true)
            _ = try worker.request(.setUp, body: setUp.bytes, seconds: options.probeSeconds)
            return worker
        }
    }
}
