import KernelBase
package import KernelBuilds
package import KernelHosting
package import KernelResidence
package import KernelSandbox
import KernelSystem
import KernelWorkers
import Synchronization

/// Makes generations, the instances that they have in this process, and their workers.
package final class GenerationFactory: Sendable {
    let environment: LoaderEnvironment
    let options: LoaderOptions
    let store: BuildStore
    private let relay: AskRelay
    private let walls: WallMaker
    private let mapped = Mutex(Mapped())
    private let settled: SettledPages
    private let office = Mutex<ResidentOffice?>(nil)
    private let takeBack = Mutex<TakeBack?>(nil)
    private let cameBack = Mutex<(@Sendable () -> Void)?>(nil)

    /// Takes a generation that failed out of service again if it is on probation; returns whether
    /// it is.
    package typealias TakeBack = @Sendable (ModuleSlot, Generation, String) -> Bool

    private static let kernelIsEnding = Unavailable.failed(
        ModuleFailure(.create, .cancelled, "the kernel is ending"))

    private struct Mapped {
        var paths: Set<String> = []
        var entryAddresses: Set<UInt> = []
        var copies: UInt64 = 0
    }

    init(
        environment: LoaderEnvironment, options: LoaderOptions, walls: WallMaker,
        store: BuildStore, relay: AskRelay
    ) {
        self.environment = environment
        self.options = options
        self.walls = walls
        self.store = store
        self.relay = relay
        settled = SettledPages(folder: options.storeFolder)
    }

    /// Set once, by who watches over probations.
    package func onFailure(_ takeBack: @escaping TakeBack) {
        self.takeBack.withLock { $0 = takeBack }
    }

    /// Set once, by who sees to what others need of a module that is in service again although
    /// nobody asks for it any more.
    package func onLateReturn(_ body: @escaping @Sendable () -> Void) {
        cameBack.withLock { $0 = body }
    }

    func noteLateReturn() {
        cameBack.withLock { $0 }?()
    }

    func takesBack(_ slot: ModuleSlot, _ generation: Generation, _ reason: String) -> Bool {
        takeBack.withLock { $0 }?(slot, generation, reason) ?? false
    }

    package func makeGeneration(
        _ probed: Probed, source: String, from origin: Catalogue.Origin, slot: ModuleSlot
    ) -> Generation {
        let makeWorker = workerMaker(probed.build, probed.manifest, origin)
        let home = home(of: probed.manifest.id, probed.build, origin, slot)
        walls.learn(probed.manifest, livesIn: home.isolation)
        return Generation(
            number: slot.nextNumber(), source: source, origin: origin, probed: probed,
            workers: WorkerPool(
                limits: options.workers, alarms: environment.alarms, make: makeWorker),
            home: home,
            mapper: { [weak self, weak slot] generation, waiter in
                // A call may still ask for an instance while the kernel is being taken down.
                guard let self, let slot else { return waiter(.failure(Self.kernelIsEnding)) }
                self.beginMaking(generation, slot, waiter)
            })
    }

    /// Where a build of the module is to live now.
    package func home(
        of module: String, _ build: Build, _ origin: Catalogue.Origin, _ slot: ModuleSlot
    ) -> IsolationDecision {
        if let reason = environment.containment.isolationReason(of: build.hash) {
            return IsolationDecision(.process, .containment(reason))
        }
        let wanted = environment.isolation(
            IsolationQuestion(module: module, build: build.hash, origin: origin))
        // Generations are never unmapped, so that their number has a limit; beyond it a module
        // lives in a process, which ends.
        guard wanted.isolation == .kernel, isOverBudget(slot) else { return wanted }
        return IsolationDecision(
            .process,
            .containment(
                "\(slot.kept.generations) of its generations are in the kernel's memory; "
                    + "restart the kernel to free them"))
    }

    private func isOverBudget(_ slot: ModuleSlot) -> Bool {
        let kept = slot.kept
        return kept.generations >= options.generationsMax
            || kept.bytes >= options.generationBytesMax
    }

    /// Makes and starts an instance for its first use, or after its worker has ended.
    private func beginMaking(
        _ generation: Generation, _ slot: ModuleSlot, _ waiter: @escaping Generation.Waiter
    ) {
        if let record = environment.containment.quarantine(of: generation.build.hash) {
            let rest = Rest(quarantine: record)
            wake(generation, slot, after: rest)
            return waiter(.failure(.resting(rest)))
        }
        switch generation.home.isolation {
        case .kernel: beginMapping(generation, slot, waiter)
        case .process:
            environment.lifecyclePool.run {
                waiter(self.makeResidentInService(of: generation, slot))
            }
        }
    }

    /// One that comes too late is not used: its callers have been refused, and the generation may
    /// have been retired.
    private func beginMapping(
        _ generation: Generation, _ slot: ModuleSlot, _ waiter: @escaping Generation.Waiter
    ) {
        let job = Bounded<any LiveInstance>(
            on: environment.lifecyclePool, .start, withinSeconds: options.probeSeconds)
        job.begin(
            alarms: environment.alarms,
            late: { made in if case .success(let instance) = made { instance.stopAndDestroy() } },
            onTime: { made in waiter(made.mapError { .failed($0) }) }
        ) { () throws(ModuleFailure) in
            guard self.store.isWhole(generation.build) else {
                throw ModuleFailure(
                    .open, .failed,
                    "the private copy of build \(generation.build.shortHash) is damaged: "
                        + "touch \(generation.source) to have it taken in again")
            }
            let instance = try self.makeInstance(of: generation, slot: slot)
            try self.configure(instance, generation.manifest)
            try self.restore(generation.saved, in: instance)
            try instance.start()
            return instance
        }
    }

    private func restore(
        _ saved: SavedState?, in instance: any LiveInstance
    ) throws(ModuleFailure) {
        guard let saved, instance.canDo.keepsState else { return }
        try instance.loadState(saved.bytes, version: saved.version)
    }

    /// Creates an instance where the generation lives, which is neither configured nor started.
    func makeInstance(
        of generation: Generation, slot: ModuleSlot
    ) throws(ModuleFailure) -> any LiveInstance {
        switch generation.home.isolation {
        case .kernel: try map(generation, slot: slot)
        case .process: try makeResident(of: generation, slot)
        }
    }

    /// The thread that hears what residents say, started with the first of them.
    func residentOffice() throws(SystemError) -> ResidentOffice {
        try office.withLock { office throws(SystemError) in
            if let office { return office }
            let made = try ResidentOffice()
            office = made
            return made
        }
    }

    package func close() {
        office.withLock { $0 }?.close()
    }

    // MARK: In this process

    private func map(
        _ generation: Generation, slot: ModuleSlot
    ) throws(ModuleFailure) -> ModuleInstance {
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
        settled.take(image)
        slot.countMapped(bytes: generation.build.writableBytes)
        guard try Self.isSame(image, generation.manifest) else {
            throw ModuleFailure(
                .manifest, .invalid, "the manifest differs from the one that the probe read")
        }
        try makeStateFolder(generation.manifest.id)
        return try ModuleInstance(
            of: image, services: services(generation.manifest.id), recorded: generation.recorded)
    }

    /// Has this mapping the manifest that the probe read? Task numbers would be others else. The
    /// mark spares the module from working its manifest out again.
    private static func isSame(
        _ image: ModuleImage, _ manifest: Manifest
    ) throws(ModuleFailure) -> Bool {
        if let mark = image.manifestMark, mark != 0 { return mark == manifest.mark }
        return try image.manifest() == manifest.bytes
    }

    /// What a module keeps, only the user may read.
    private func makeStateFolder(_ module: String) throws(ModuleFailure) {
        guard let folder = options.stateFolder(of: module) else { return }
        do {
            try Files.makeDirectories(folder, permissions: 0o700)
        } catch {
            throw ModuleFailure(.create, .failed, "its folder cannot be made: \(error)")
        }
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

    package func configure(_ instance: any LiveInstance, _ manifest: Manifest) throws(ModuleFailure)
    {
        let settings = environment.settings(manifest)
        if let problem = settings.problem { throw ModuleFailure(.configure, .invalid, problem) }
        try instance.configure(
            own: settings.configuration.own, user: settings.configuration.user)
    }

    /// What a module keeps of its host is kept for ever, since it may call when it should not: that
    /// must not keep a kernel that has been taken down.
    private func services(_ module: String) -> HostServices {
        let log = environment.log
        var services = HostServices(
            log: { level, call, text in
                log(LogLine(module: module, level: level, call: call, text: text))
            },
            runOnMain: { [weak mainLoop = environment.mainLoop] job in
                mainLoop?.run(label: module, job)
            },
            runOnPool: { [weak pool = environment.pool] job in pool?.run(job) })
        services.modules = relay.asker(for: module)
        services.stateFolder = options.stateFolder(of: module)
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

    private func workerMaker(
        _ build: Build, _ manifest: Manifest, _ origin: Catalogue.Origin
    ) -> WorkerPool.Maker {
        { () throws(WorkerFailure) in
            let worker = try self.makeWorker(manifest.id, of: build)
            let settings = self.environment.settings(manifest)
            if let problem = settings.problem { throw .broken(problem) }
            _ = try self.open(build, manifest, settings, from: origin, in: worker)
            let setUp = SetUpRequest(
                configuration: settings.configuration, state: nil, testsItself: false,
                starts: true, stateFolder: self.options.stateFolder(of: manifest.id))
            _ = try worker.request(
                .setUp, body: setUp.bytes, seconds: self.options.probeSeconds)
            return worker
        }
    }

    /// Forks a worker for a module.
    func makeWorker(_ module: String, of build: Build) throws(WorkerFailure) -> WorkerProcess {
        let zygote: Zygote
        do {
            zygote = try environment.zygote()
        } catch {
            throw .broken("\(error)")
        }
        zygote.warm(build.libraries)
        return try WorkerProcess(
            zygote: zygote, name: "kernel-\(module)", output: environment.output,
            events: workerEvents(module))
    }

    func workerEvents(_ module: String) -> WorkerEvents {
        let log = environment.log
        var events = WorkerEvents(
            log: { level, call, text in
                log(LogLine(module: module, level: level, call: call, text: text))
            },
            violation: { violation in
                log(
                    LogLine(
                        module: module, level: .error, call: violation.call,
                        text: "broke the contract: \(violation)"))
            })
        events.modules = relay.asker(for: module)
        return events
    }

    /// Opens the build there, within the walls that its manifest asks for. Returns them, and the
    /// manifest that it gives.
    func open(
        _ build: Build, _ manifest: Manifest, _ settings: ModuleSettings,
        from origin: Catalogue.Origin, in worker: WorkerProcess
    ) throws(WorkerFailure) -> (walls: Walls, manifest: [UInt8]) {
        let raised: Walls
        do {
            try makeStateFolder(manifest.id)
            raised = try servingWalls(for: manifest, settings, build, from: origin)
        } catch {
            throw .broken("\(error)")
        }
        var open = OpenRequest(
            path: build.path, watchesContract: options.watchesContract, walls: raised)
        open.mainSlowMilliseconds = options.mainSlowMilliseconds
        defer { walls.noteInService(raised, worker.wallReport) }
        return (raised, try worker.open(open, seconds: options.probeSeconds).manifest)
    }

    /// The walls of a worker in service: unlike one that only tries a build, it may write to the
    /// module's own folder.
    package func servingWalls(
        for manifest: Manifest, _ settings: ModuleSettings, _ build: Build,
        from origin: Catalogue.Origin
    ) throws -> Walls {
        try walls.walls(
            for: manifest, settings, library: build.path, from: origin,
            folder: options.stateFolder(of: manifest.id))
    }
}
