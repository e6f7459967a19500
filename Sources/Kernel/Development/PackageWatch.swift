import KernelBuilds
import KernelGenerations
import KernelLoader
import KernelSystem
import Synchronization

/// Follows one package folder: builds it when its sources change, and names its libraries to the
/// loader, which follows them wherever they come from.
final class PackageWatch: Sendable {
    let folder: String
    private let tool: BuildTool
    private let loader: ModuleLoader
    private let alarms: Alarms
    private let report: @Sendable (LoaderEvent) -> Void
    /// Everything that this object does happens here, one thing at a time; builds do not.
    private let lane: SerialLane
    private let state = Condition(State())

    private struct State {
        var life = PackageLife()
        var facts: PackageFacts?
        var snapshot: PackageSnapshot?
        /// The manifests that `facts` were read from.
        var describedManifests: [String: PackageSnapshot.Stamp]?
        var followed: [String: FollowToken] = [:]
        var libraries: [String] = []
        var running: CapturedProgram?
        var isBuilding = false
        var isStopped = false
        var hasWarnedOfSize = false
    }

    init(
        _ folder: String, tool: BuildTool, loader: ModuleLoader, alarms: Alarms,
        pool: ThreadPool, report: @escaping @Sendable (LoaderEvent) -> Void
    ) {
        self.folder = folder
        self.tool = tool
        self.loader = loader
        self.alarms = alarms
        self.report = report
        lane = SerialLane(on: pool)
    }

    /// Begins with libraries that were built before, then builds what is not up to date.
    func start() {
        lane.run {
            let folder = self.tool.librariesFolder(of: self.folder)
            self.setLibraries(self.loader.knownFiles(in: folder).map { Path.name(of: $0) })
            self.look()
        }
    }

    /// Ends a build that runs. Its libraries stay in service.
    func stop() {
        let running = state.withLock { state in
            state.isStopped = true
            _ = state.life.next(.stop)
            return state.running
        }
        running?.end()
        for token in state.withLock({ $0.followed }).values { loader.unfollow(token) }
        let deadline = SystemClock.monotonicNanoseconds + Self.stopNanoseconds
        _ = state.wait(untilNanoseconds: deadline) { $0.isBuilding ? nil : true }
    }

    /// A killed build needs no longer to be seen to end.
    private static let stopNanoseconds: UInt64 = 5_000_000_000

    /// As `stop`, and its libraries are taken out of service.
    func remove() {
        stop()
        loader.remove(
            Self.places(state.withLock { $0.libraries }),
            reason: "its package \(folder) is not in dev.modules any more")
    }

    // MARK: Events

    private func take(_ event: FolderEvent) {
        guard matters(event) else { return }
        perform(.hint(nowNanoseconds: SystemClock.monotonicNanoseconds))
    }

    /// In the package's own folder only the manifests matter: what a build writes there must not
    /// cause the next build.
    private func matters(_ event: FolderEvent) -> Bool {
        guard event.folder == folder else { return true }
        switch event {
        case .written(_, let name), .arrived(_, let name), .removed(_, let name):
            return PackageSnapshot.isManifest(name)
        case .folderAppeared(_, let name):
            return sourceFolders.contains { $0 == name || $0.hasPrefix(name + "/") }
        case .rescan:
            return true
        }
    }

    private var sourceFolders: [String] {
        state.withLock { $0.facts?.sourceFolders } ?? PackageFacts.usualSourceFolders
    }

    private func perform(_ event: PackageLife.Event) {
        switch state.withLock({ $0.life.next(event) }) {
        case .none: break
        case .wait(let due):
            alarms.run(atNanoseconds: due) { [weak self] in
                self?.perform(.rang(nowNanoseconds: SystemClock.monotonicNanoseconds))
            }
        case .look: lane.run { self.look() }
        case .build: beginBuild()
        case .endBuild: state.withLock { $0.running }?.end()
        }
    }

    private func look() {
        let snapshot = PackageSnapshot(of: folder, sourceFolders: sourceFolders)
        follow(snapshot.folders)
        warnOfSize(snapshot)
        state.withLock { $0.snapshot = snapshot }
        perform(.looked(snapshot))
    }

    private func follow(_ folders: [String]) {
        let wanted = Set(folders)
        let (new, old) = state.withLock { state -> (Set<String>, [FollowToken]) in
            guard !state.isStopped else { return ([], []) }
            let old = state.followed.filter { !wanted.contains($0.key) }
            for folder in old.keys { state.followed[folder] = nil }
            return (wanted.subtracting(state.followed.keys), Array(old.values))
        }
        for token in old { loader.unfollow(token) }
        for folder in new.sorted() {
            let token = loader.follow(folder) { [weak self] in self?.take($0) }
            let isStopped = state.withLock { state in
                state.followed[folder] = token
                return state.isStopped
            }
            if isStopped { loader.unfollow(token) }
        }
    }

    private func warnOfSize(_ snapshot: PackageSnapshot) {
        let isNew = state.withLock { state in
            defer { state.hasWarnedOfSize = snapshot.isCut }
            return snapshot.isCut && !state.hasWarnedOfSize
        }
        guard isNew else { return }
        report(
            .warning(
                "\(folder) has more than \(PackageSnapshot.filesMax) source files or "
                    + "\(PackageSnapshot.foldersMax) folders: changes in the rest are not seen"))
    }

    // MARK: Building

    private func beginBuild() {
        guard tool.options.builds || needsDescription, !tool.isMissing else {
            return perform(.buildEnded)
        }
        state.withLock { $0.isBuilding = true }
        do {
            // A build may take minutes: it has a thread of its own.
            try SystemThread.start(name: "build") { self.work() }
        } catch {
            report(.warning("cannot build \(folder): \(error)"))
            endWork()
        }
    }

    private var needsDescription: Bool {
        state.withLock { $0.describedManifests != $0.snapshot?.manifests }
    }

    private func work() {
        tool.waitForTurn {
            let isDescribed = !needsDescription || describe()
            if isDescribed && tool.options.builds { build() }
        }
        endWork()
    }

    private func endWork() {
        state.withLock { $0.isBuilding = false }
        state.broadcast()
        perform(.buildEnded)
    }

    /// Asks the package what it makes. False if it does not say: then it cannot be built either.
    private func describe() -> Bool {
        let manifests = state.withLock { $0.snapshot?.manifests }
        var lines: [String] = []
        let started = SystemClock.monotonicNanoseconds
        let ending = run(tool.describe(folder), seconds: tool.options.describeSecondsMax) {
            lines.append($0)
        }
        guard let ending else { return false }
        let text = lines.joined(separator: "\n")
        guard ending.isSuccess, let facts = PackageFacts(describedBy: Array(text.utf8)) else {
            tellFailure(ending, lines, since: started)
            return false
        }
        state.withLock {
            $0.facts = facts
            $0.describedManifests = manifests
        }
        lane.run { self.look() }
        setLibraries(facts.libraries.map(PackageFacts.fileName(ofLibrary:)))
        return true
    }

    private func build() {
        var output = self.output
        let libraries = tool.librariesFolder(of: folder)
        let formerLibraries = Files.resolved(libraries)
        let started = SystemClock.monotonicNanoseconds
        tell(.building)
        let ending = run(tool.build(folder), seconds: tool.options.buildSecondsMax) {
            output.add($0)
        }
        guard let ending else { return }
        let took = SystemClock.monotonicNanoseconds - started
        // The watcher does not see where a new link leads.
        if Files.resolved(libraries) != formerLibraries { loader.lookAgain(in: libraries) }
        switch ending {
        case .ended(.exited(code: 0)):
            tell(.built(nanoseconds: took, warnings: output.warningProblems))
        case .ended(.exited):
            tell(.failed(nanoseconds: took, output.failureProblems))
        case .ended, .wasEnded, .tookTooLong:
            tell(.failed(nanoseconds: took, problem(ending, tool.options.buildSecondsMax)))
        }
    }

    /// Runs a program of the toolchain; nil if it was ended because something newer is to be
    /// built, or because it cannot be run, which is then reported.
    private func run(
        _ program: CapturedProgram?, seconds: Double, line: (String) -> Void
    ) -> CapturedProgram.Ending? {
        let mayRun = state.withLock { state in
            state.running = program
            return !state.isStopped && !state.life.isEndingBuild
        }
        defer {
            _ = state.withLock { state in
                defer { state.running = nil }
                return state.running
            }
        }
        guard let program, mayRun else { return nil }
        do {
            let ending = try program.run(seconds: seconds, line: line)
            return ending == .wasEnded ? nil : ending
        } catch {
            report(.warning("cannot build \(folder): \(error)"))
            return nil
        }
    }

    private var output: BuildOutput {
        BuildOutput(folders: [folder, Files.resolved(folder) ?? folder])
    }

    private func tellFailure(
        _ ending: CapturedProgram.Ending, _ lines: [String], since started: UInt64
    ) {
        var output = self.output
        for line in lines { output.add(line) }
        let problems =
            ending.isExit
            ? output.failureProblems : problem(ending, tool.options.describeSecondsMax)
        tell(.failed(nanoseconds: SystemClock.monotonicNanoseconds - started, problems))
    }

    private func problem(
        _ ending: CapturedProgram.Ending, _ seconds: Double
    ) -> PackageNews.Problems {
        let sentence =
            switch ending {
            case .ended(let end): "swift \(end)"
            case .wasEnded: "swift was ended"
            case .tookTooLong: "swift did not end within \(Int(seconds)) s, and was killed"
            }
        return PackageNews.Problems([BuildProblem(.error, sentence)])
    }

    private func tell(_ kind: PackageNews.Kind) {
        let name = state.withLock { $0.facts?.name } ?? Path.name(of: folder)
        report(.package(PackageNews(package: name, folder: folder, kind: kind)))
    }

    // MARK: Libraries

    /// Follows the libraries of these names, and no longer those that the package has dropped.
    private func setLibraries(_ names: [String]) {
        let binaries = tool.librariesFolder(of: folder)
        let paths = names.map { Path.join(binaries, $0) }
        let old = state.withLock { state -> [String] in
            defer { state.libraries = paths }
            return state.libraries
        }
        loader.add(Self.places(paths.filter { !old.contains($0) }))
        loader.remove(
            Self.places(old.filter { !paths.contains($0) }),
            reason: "the package \(folder) does not make it any more")
    }

    private static func places(_ paths: [String]) -> [ModuleLoader.Place] {
        paths.map { ModuleLoader.Place($0, .file, .development) }
    }
}
