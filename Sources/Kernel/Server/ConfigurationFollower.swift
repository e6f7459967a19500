import KernelBuilds
package import KernelConfig
import KernelGenerations
package import KernelLoader
package import KernelSystem
package import KernelWire
import Synchronization

/// Reads the configuration again when its file changes, and has each part take what concerns it.
package final class ConfigurationFollower: Sendable {
    private let keeper: ConfigurationKeeper
    private let loader: ModuleLoader
    private let log: LogStore
    private let tell: @Sendable (KernelNews) -> Void
    private let follow: @Sendable (Configuration) -> Void
    private let lane: SerialLane
    /// Where the file lies that the configuration file is a link to.
    private let target = Mutex<(path: String, token: FollowToken)?>(nil)

    /// `follow` is told the new configuration, for what is neither the log's nor a module's.
    package init(
        keeper: ConfigurationKeeper, loader: ModuleLoader, log: LogStore, lane: SerialLane,
        follow: @escaping @Sendable (Configuration) -> Void,
        tell: @escaping @Sendable (KernelNews) -> Void
    ) {
        self.keeper = keeper
        self.loader = loader
        self.log = log
        self.lane = lane
        self.follow = follow
        self.tell = tell
    }

    /// Takes what was read at the start into use, and follows the file from then on.
    package func begin() {
        configureLog()
        _ = follow(file: keeper.paths.configurationFile)
        followTarget()
    }

    private func follow(file: String) -> FollowToken {
        loader.follow(Path.directory(of: file)) { [weak self] event in
            guard let self, Self.concerns(event, Path.name(of: file)) else { return }
            self.lane.run {
                self.followTarget()
                self.reread()
            }
        }
    }

    /// A change of what a link points to is no event where the link lies. The link may lead
    /// elsewhere each time. On the lane, or before anything runs there.
    private func followTarget() {
        let file = keeper.paths.configurationFile
        let former = target.withLock { $0 }
        // What is gone for a moment comes back where it was.
        guard let resolved = Files.resolved(file), resolved != former?.path else { return }
        if let former { loader.unfollow(former.token) }
        let new = resolved == file ? nil : (path: resolved, token: follow(file: resolved))
        target.withLock { $0 = new }
    }

    private static func concerns(_ event: FolderEvent, _ name: String) -> Bool {
        switch event {
        case .written(_, let changed), .arrived(_, let changed): changed == name
        case .rescan: true
        case .removed, .folderAppeared: false
        }
    }

    private func reread() {
        switch keeper.reread(modules: schemas) {
        case .unchanged: break
        case .recovered:
            tell(
                KernelNews(
                    event: "configuration", text: "the configuration is as it was, and in force",
                    tone: "success"))
        case .refused(let problems):
            tell(
                KernelNews(
                    event: "configuration",
                    text: "the configuration was not taken; the last good one stays in force:",
                    details: problems.list.map(\.description), tone: "error"))
        case .changed(let change):
            apply(change)
        }
    }

    /// The schemas of the modules that are in service: a change must not break one of them.
    private var schemas: [String: ConfigurableModule] {
        var schemas: [String: ConfigurableModule] = [:]
        for slot in loader.slots {
            guard let manifest = slot.current?.manifest else { continue }
            schemas[slot.id] = ConfigurableModule(
                schema: manifest.configuration, tasks: manifest.tasks.map(\.name))
        }
        return schemas
    }

    private func apply(_ change: ConfigurationChange) {
        configureLog()
        loader.applySwitches()
        follow(keeper.current)
        let later = change.laterKeys
        var text = "the configuration has changed: " + what(change).joined(separator: ", ")
        if !later.isEmpty {
            text += "; \(later.joined(separator: ", ")) will count after a restart"
        }
        let news = KernelNews(event: "configuration", text: text, tone: "success")
        loader.renewWorkers(loader.slots.map(\.id).filter(change.concernsWorkers))
        loader.applyIsolation()
        // Who reads the line may count on what it says.
        loader.reconfigure(
            loader.slots.map(\.id).filter { change.concernsView(ofModule: $0) },
            done: { [tell] in tell(news) })
    }

    private func what(_ change: ConfigurationChange) -> [String] {
        var parts = change.keys
        if change.isUserChanged { parts.append("user") }
        let sayModels = parts.contains { $0.hasPrefix("chat.") || $0.hasPrefix("local.") }
        if change.areModelsChanged && !sayModels { parts.append("models") }
        let modules = Set(change.ownTables).union(change.moduleSettings)
        return parts + modules.sorted().map { "modules.\($0)" }
    }

    private func configureLog() {
        do {
            try log.configure(keeper.current.log)
        } catch {
            tell(
                KernelNews(
                    event: "configuration", text: "the log file cannot be written: \(error)",
                    tone: "error"))
        }
    }
}
