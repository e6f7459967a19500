import KernelBuilds
package import KernelGenerations
package import KernelLoader
package import KernelSystem
import Synchronization

/// The modules that `dev.modules` names: libraries, folders of libraries, and package folders,
/// which are built here whenever their sources change.
package final class DevelopmentModules: Sendable {
    private let loader: ModuleLoader
    private let alarms: Alarms
    private let pool: ThreadPool
    private let tool: BuildTool
    private let report: @Sendable (LoaderEvent) -> Void
    private let state = Mutex(State())

    private struct State {
        var places: [String: ModuleLoader.Place] = [:]
        /// The folders of entries that are files, in which links may be made anew.
        var links: [String: FollowToken] = [:]
        /// Where the files lie that entries are links to.
        var targets: [String: FollowToken] = [:]
        var packages: [String: PackageWatch] = [:]
        var hasWarnedOfTool = false
        var isStopped = false
    }

    /// What an entry of `dev.modules` stands for.
    package enum Entry: Sendable, Hashable {
        case library
        case folder
        case package
        /// Nothing is there yet.
        case missing

        package init(_ path: String) {
            guard let status = try? Files.status(path) else {
                self = path.hasSuffix(".so") ? .library : .missing
                return
            }
            guard status.kind == .directory else {
                self = .library
                return
            }
            self = Files.exists(Path.join(path, "Package.swift")) ? .package : .folder
        }
    }

    /// `pool` is where packages are looked at: for short jobs. Finds `swift` in the PATH.
    package convenience init(
        loader: ModuleLoader, alarms: Alarms, pool: ThreadPool, options: PackageOptions,
        report: @escaping @Sendable (LoaderEvent) -> Void
    ) {
        let tool = BuildTool(options: options, program: ProgramPath.find("swift"))
        self.init(loader: loader, alarms: alarms, pool: pool, tool: tool, report: report)
    }

    init(
        loader: ModuleLoader, alarms: Alarms, pool: ThreadPool, tool: BuildTool,
        report: @escaping @Sendable (LoaderEvent) -> Void
    ) {
        self.loader = loader
        self.alarms = alarms
        self.pool = pool
        self.tool = tool
        self.report = report
    }

    /// From now on these entries, absolute paths, are followed, and no others.
    package func set(_ entries: [String]) {
        let paths = entries.map { $0.count > 1 && $0.hasSuffix("/") ? String($0.dropLast()) : $0 }
        let (places, packages) = state.withLock { state in
            (
                state.places.filter { !paths.contains($0.key) },
                state.packages.filter { !paths.contains($0.key) }
            )
        }
        for (path, place) in places.sorted(by: { $0.key < $1.key }) {
            let tokens = state.withLock { state in
                state.places[path] = nil
                return [
                    state.links.removeValue(forKey: path), state.targets.removeValue(forKey: path),
                ].compactMap { $0 }
            }
            for token in tokens { loader.unfollow(token) }
            loader.remove([place], reason: "\(path) is not in dev.modules any more")
        }
        for (path, package) in packages.sorted(by: { $0.key < $1.key }) {
            _ = state.withLock { $0.packages.removeValue(forKey: path) }
            package.remove()
        }
        for path in paths { add(path) }
    }

    private func add(_ path: String) {
        let isKnown = state.withLock { state in
            state.places[path] != nil || state.packages[path] != nil || state.isStopped
        }
        guard !isKnown else { return }
        switch Entry(path) {
        case .library: add(ModuleLoader.Place(path, .file, .development))
        case .folder, .missing: add(ModuleLoader.Place(path, .folder, .development))
        case .package: addPackage(path)
        }
    }

    private func add(_ place: ModuleLoader.Place) {
        state.withLock { $0.places[place.path] = place }
        loader.add([place])
        guard place.kind == .file else { return }
        let path = place.path
        let link = loader.follow(Path.directory(of: path)) { [weak self] event in
            guard case .arrived(_, Path.name(of: path)) = event else { return }
            self?.followTarget(of: path)
        }
        state.withLock { $0.links[path] = link }
        followTarget(of: path)
    }

    /// Follows what the link at `path` leads to now, if it is one, and not what it led to before.
    private func followTarget(of path: String) {
        let target = loader.followTarget(of: path)
        let former = state.withLock { state in
            defer { state.targets[path] = target }
            return state.targets[path]
        }
        if let former { loader.unfollow(former) }
    }

    private func addPackage(_ path: String) {
        let package = PackageWatch(
            path, tool: tool, loader: loader, alarms: alarms, pool: pool, report: report)
        let warns = state.withLock { state in
            state.packages[path] = package
            defer { state.hasWarnedOfTool = state.hasWarnedOfTool || tool.isMissing }
            return tool.isMissing && !state.hasWarnedOfTool
        }
        if warns { report(.warning(BuildTool.missing)) }
        package.start()
    }

    /// Ends every build that runs and follows nothing any more; the modules stay in service.
    package func stop() {
        let packages = state.withLock { state in
            state.isStopped = true
            return Array(state.packages.values)
        }
        for package in packages { package.stop() }
    }
}
