import KernelBase
import KernelBuilds
package import KernelGenerations
import KernelHosting
package import KernelSystem
import KernelWorkers
import ModuleChat
import ModuleJSON
import Synchronization

/// Finds modules, brings their builds into service, and follows what happens to their files.
package final class ModuleLoader: Sendable {
    let tools: LoaderTools
    let state = Mutex(State())
    let watcher: Mutex<DirectoryWatcher?>
    /// Which module serves which.
    package let relations: RelationKeeper
    /// What follows from changes is worked out here, one after the other.
    let relationLane: SerialLane
    /// Held while relations are worked out and published.
    let publication = Mutex(())

    struct State {
        var catalogue = Catalogue()
        var slots: [String: ModuleSlot] = [:]
        var index = ManifestIndex()
        var probations: [String: Probation] = [:]
        /// Files that are being examined, and whether they have to be once more.
        var examined: [String: Bool] = [:]
        var watch: SourceWatch?
        /// Where the files of each place come from, for those that appear later.
        var origins: [String: Catalogue.Origin] = [:]
        /// Files that were refused as they are: they are looked at again once they change.
        var refused: [String: FileStatus] = [:]
        /// Why files were refused that never said whose they are.
        var strangers: [String: String] = [:]
        /// Files that are loaded again although they have not changed.
        var forced: Set<String> = []
        /// Who wants to know what comes of a file that is being examined.
        var awaited: [String: Awaited] = [:]
        /// The index differs from the file that it is kept in.
        var isIndexStale = false
        var isStopping = false
        /// Who else wants to know of what happens in a folder.
        var followers = FolderFollowers()
        var relations = RelationFacts()
        /// What is done once all is settled.
        var afterSettling: [@Sendable () -> Void] = []

        var isSettled: Bool { examined.isEmpty && relations.pending == 0 }

        struct Awaited {
            var event: LoaderEvent?
            var tells: [Told] = []
        }

        func origin(ofNew path: String) -> Catalogue.Origin {
            origins[path] ?? origins[Path.directory(of: path)] ?? .user
        }
    }

    /// Where modules come from.
    package struct Place: Sendable, Hashable {
        package enum Kind: Sendable, Hashable {
            case folder
            case file
        }

        package let path: String
        package let kind: Kind
        package let origin: Catalogue.Origin

        package init(_ path: String, _ kind: Kind, _ origin: Catalogue.Origin) {
            self.path = path
            self.kind = kind
            self.origin = origin
        }

        /// The libraries that are there now.
        package var files: [String] {
            guard kind == .folder else { return Files.exists(path) ? [path] : [] }
            return ((try? Files.names(in: path)) ?? [])
                .filter { SourceWatch.Filter.everyLibrary.includes($0) }
                .map { Path.join(path, $0) }
        }
    }

    package init(environment: LoaderEnvironment, options: LoaderOptions) {
        tools = LoaderTools(environment: environment, options: options)
        watcher = Mutex(nil)
        let walls = tools.walls
        relations = RelationKeeper { try walls.reach(of: $0) }
        relationLane = SerialLane(on: environment.lifecyclePool)
        let index = ManifestIndex(readingFrom: options.indexFile)
        let watch = SourceWatch(
            alarms: environment.alarms, removedSeconds: options.removedSeconds
        ) { [weak self] path in
            self?.look(at: path)
        }
        state.withLock {
            $0.index = index
            $0.watch = watch
        }
        tools.factory.onFailure { [weak self] slot, generation, reason in
            self?.takeBack(slot, generation, reason) ?? false
        }
        tools.factory.onLateReturn { [weak self] in self?.settleRelations() }
    }

    // MARK: Finding

    /// Takes the modules of these places into the table. Those that are known from before are in
    /// service at once, without being opened; the others are examined, each on its own.
    package func add(_ places: [Place]) {
        guard let watch = state.withLock({ $0.watch }) else { return }
        for place in places {
            let files: [String]
            switch place.kind {
            case .folder: files = watch.add(place.path, .everyLibrary)
            case .file:
                let folder = Path.directory(of: place.path)
                files = watch.add(folder, .names([Path.name(of: place.path)]))
                    .filter { $0 == place.path }
            }
            state.withLock { state in
                for file in files { state.catalogue.add(file, place.origin) }
                state.origins[place.path] = place.origin
            }
            for file in files where !serveKnown(file) { look(at: file) }
            watcher.withLock { $0?.watch(Self.folder(of: place)) }
        }
        settleRelationsNow(withinSeconds: tools.options.probeSeconds)
    }

    private static func folder(of place: Place) -> String {
        place.kind == .folder ? place.path : Path.directory(of: place.path)
    }

    /// Follows the files from now on. `privateFolder` is for the watcher's own use.
    package func startWatching(privateFolder: String) throws(SystemError) {
        let environment = tools.environment
        let started = try DirectoryWatcher(
            privateFolder: privateFolder,
            handler: { [weak self] event in self?.take(event) },
            failureHandler: { environment.report(.warning($0)) })
        watcher.withLock { $0 = started }
        let folders = state.withLock { state in
            Set(state.watch?.folders ?? []).union(state.followers.folders)
        }
        for folder in folders.sorted() { started.watch(folder) }
    }

    private func take(_ event: FolderEvent) {
        for follower in state.withLock({ $0.followers.all(of: event.folder) }) { follower(event) }
        guard let watch = state.withLock({ $0.watch }) else { return }
        watch.take(event) { folder in
            self.state.withLock { state in
                state.catalogue.paths.filter { Path.directory(of: $0) == folder }
            }
        }
    }

    /// Puts a module in service by what the index knows of its unchanged file.
    private func serveKnown(_ file: String) -> Bool {
        guard let status = try? Files.status(file),
            let entry = state.withLock({ $0.index.entry(of: file, status) }),
            let known = try? Self.probed(entry),
            let copy = try? Files.status(entry.build.path), copy.bytes >= entry.build.mappedBytes
        else { return false }
        let id = entry.manifest.id
        let (isBest, slot) = state.withLock { state in
            state.catalogue.learn(file, id: id)
            return (state.catalogue.best(for: id) == file, self.slot(id, &state))
        }
        guard isBest, isEnabled(entry.manifest, slot) else { return true }
        let generation = tools.factory.makeGeneration(
            known, source: file, from: origin(of: file) ?? .user, slot: slot)
        if entry.manifest.requires.isEmpty {
            slot.swap(to: generation)
        } else {
            parkUnseen(generation, slot)
        }
        return true
    }

    private static func probed(_ entry: ManifestIndex.Entry) throws -> Probed {
        let provider =
            entry.provider.isEmpty
            ? nil : try ProviderDescription(JSON(parsing: entry.provider))
        return Probed(
            build: entry.build, manifest: entry.manifest,
            abilities: try ModuleInstance.Abilities(entry.abilities), provider: provider)
    }

    func slot(_ id: String, _ state: inout State) -> ModuleSlot {
        if let slot = state.slots[id] { return slot }
        let slot = ModuleSlot(id: id, pool: tools.environment.lifecyclePool)
        state.slots[id] = slot
        return slot
    }

    // MARK: The table

    /// Every module that was found, by id.
    package var slots: [ModuleSlot] {
        state.withLock { $0.slots.values.sorted { $0.id < $1.id } }
    }

    package func slot(_ id: String) -> ModuleSlot? {
        state.withLock { $0.slots[id] }
    }

    /// Files that were refused before they said whose they are, and why.
    package var strangers: [(path: String, problem: String)] {
        state.withLock { $0.strangers.sorted { $0.key < $1.key }.map { ($0.key, $0.value) } }
    }

    package func origin(of source: String) -> Catalogue.Origin? {
        state.withLock { $0.catalogue.origin(of: source) }
    }

    /// Is a file being examined, or about to be?
    package var isSettled: Bool {
        state.withLock { $0.isSettled }
    }

    /// Does something once every file that was found has been examined: now, where that is so, or
    /// on a thread of those who examine.
    package func whenSettled(_ body: @escaping @Sendable () -> Void) {
        let isNow = state.withLock { state in
            if !state.isSettled { state.afterSettling.append(body) }
            return state.isSettled
        }
        if isNow { body() }
    }

    /// To be called where something has come to its end.
    func noteSettling() {
        let bodies = state.withLock { state -> [@Sendable () -> Void] in
            guard state.isSettled else { return [] }
            defer { state.afterSettling = [] }
            return state.afterSettling
        }
        for body in bodies { body() }
    }

    /// Waits until every file that was found has been examined, but no longer than the deadline.
    package func waitUntilSettled(withinSeconds seconds: Double) {
        let deadline = SystemClock.monotonicNanoseconds + UInt64(seconds * 1e9)
        let done = Condition(false)
        whenSettled {
            done.withLock { $0 = true }
            done.broadcast()
        }
        _ = done.wait(untilNanoseconds: deadline) { $0 ? true : nil }
    }

    // MARK: Asked for by hand

    package typealias Told = @Sendable (LoaderEvent?) -> Void

    /// Loads the module's file again, even if it has not changed. `done` is told what came of it:
    /// nil if nothing did, such as with a module that is switched off.
    package func reload(_ id: String, done: @escaping Told = { _ in }) -> Bool {
        // One whose first build was refused serves nothing, and has a file all the same.
        let source = slot(id)?.latest?.source ?? state.withLock { $0.catalogue.best(for: id) }
        guard let source else { return false }
        state.withLock { $0.awaited[source, default: State.Awaited()].tells.append(done) }
        look(at: source, evenIfUnchanged: true)
        return true
    }

    /// Gives modules whose view of the configuration has changed the new one.
    /// `done` is called once all of them have taken it, or refused.
    package func reconfigure(_ ids: [String], done: @escaping @Sendable () -> Void) {
        let slots = ids.compactMap { slot($0) }
        let all = Gathering(of: slots.count, done: done)
        for slot in slots {
            slot.lane.run {
                self.reconfigure(slot)
                all.oneIsDone()
            }
        }
    }

    /// Also one that is out of service and comes back as it is.
    private func reconfigure(_ slot: ModuleSlot) {
        guard let generation = slot.latest else { return }
        // Workers are made anew with the new configuration when they are next needed.
        generation.workers.renew()
        // One that is being made now for its first use may have been told the old one.
        guard
            let instance = generation.instanceOnceMade(withinSeconds: tools.options.probeSeconds)
        else { return }
        let factory = tools.factory
        do {
            try tools.bounded(.configure, of: instance) { () throws(ModuleFailure) in
                try factory.configure(instance, generation.manifest)
            }
        } catch {
            tools.environment.report(
                .warning("\(slot.id) keeps the configuration that it had: \(error)"))
        }
    }

    // MARK: The end

    /// Stops every module in its own time, but no longer than the deadline in all. Those that need
    /// others stop before these.
    package func stop(withinSeconds seconds: Double) {
        state.withLock { $0.isStopping = true }
        watcher.withLock { $0?.stop() }
        let deadline = SystemClock.monotonicNanoseconds + UInt64(seconds * 1e9)
        let levels = relations.relations.startLevels.dropFirst()
        let needing = Set(levels.joined())
        for level in levels.reversed() {
            stop(level.compactMap { slot($0) }, untilNanoseconds: deadline)
        }
        stop(slots.filter { !needing.contains($0.id) }, untilNanoseconds: deadline)
        tools.factory.close()
        writeIndex()
    }

    private func stop(_ slots: [ModuleSlot], untilNanoseconds deadline: UInt64) {
        let all = Gathering(of: slots.count)
        for slot in slots {
            slot.lane.run {
                // Also one that comes into service just now.
                if let generation = slot.latest { self.stop(generation, slot) }
                all.oneIsDone()
            }
        }
        all.wait(untilNanoseconds: deadline)
    }

    private func stop(_ generation: Generation, _ slot: ModuleSlot) {
        slot.hold()
        _ = Drainer(generation: generation, slot: slot, options: tools.options)
            .drain(module: slot.id)
        generation.retire()
        slot.setProblem("the kernel is stopping")
        slot.swap(to: nil)
        end(generation)
    }

    /// What is mapped here ends with the kernel.
    private func end(_ generation: Generation) {
        guard let instance = generation.instanceIfPresent else { return }
        if instance.isElsewhere { instance.stopAndDestroy() } else { instance.stop() }
    }
}
