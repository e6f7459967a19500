import KernelBase
package import KernelBuilds
import KernelResidence
package import KernelSandbox
import KernelSystem
import ModuleJSON
import Synchronization

/// What the configuration says about the walls of a module's workers.
package struct Confinement: Sendable, Hashable {
    package var change = PermissionChange()
    package var limits = ResourceLimits()
    /// Nothing is raised around it: heard for modules of one's own only.
    package var isOff = false

    package init() {}
}

/// Makes the walls of workers from manifest and configuration, and hears which of them stand.
package final class WallMaker: Sendable {
    private let environment: LoaderEnvironment
    private let options: LoaderOptions
    private let state = Mutex(State())
    /// Held while it is worked out what modules may write: nobody raises walls before it is known.
    private let exploring = Mutex(())

    private struct State {
        /// Why walls are missing; nil if none is.
        var problem: String?
        /// What each confined module may write or might when it was another build, without links.
        var written: [String: Set<String>] = [:]
        /// Confined modules of which that has still to be worked out.
        var unexplored: [Manifest] = []
        /// What was told of permissions that open nothing.
        var absent: [String: [String]] = [:]
    }

    init(environment: LoaderEnvironment, options: LoaderOptions) {
        self.environment = environment
        self.options = options
    }

    /// Warns when a wall is missing that was not missing before.
    func note(_ walls: Walls, _ report: WallReport?) {
        guard walls.strength != .off, let report else { return }
        let old = state.withLock { state in
            defer { state.problem = report.problem }
            return state.problem
        }
        guard let problem = report.problem, old != problem else { return }
        environment.report(
            .warning(
                "worker processes are not confined as they should be: \(problem). Modules from "
                    + "elsewhere are "
                    + (options.refusesUnconfined ? "refused" : "run all the same")))
    }

    /// Also tells the user, in the log, of permissions that open nothing: once, until they change.
    func noteInService(_ walls: Walls, _ report: WallReport?) {
        note(walls, report)
        guard let absent = report?.absentPaths else { return }
        let old = state.withLock { $0.absent.updateValue(absent, forKey: walls.module) } ?? []
        for path in absent where !old.contains(path) {
            environment.log(
                LogLine(
                    module: walls.module, level: .info,
                    text: "its permission for \(path) opens nothing: there is nothing at that "
                        + "path, or a link in a folder that a module may write; what comes there "
                        + "later is open once the module is started again"))
        }
    }

    /// Links where a confined module may write are not followed in anybody's permissions. One that
    /// lives in the kernel can do all that the user can.
    func learn(_ manifest: Manifest, livesIn isolation: Isolation) {
        guard isolation == .process else { return }
        // Worked out when the first walls are wanted: a start that uses no module needs none.
        state.withLock { $0.unexplored.append(manifest) }
    }

    private var written: [String] {
        exploring.withLock { _ in
            let manifests = state.withLock { state in
                defer { state.unexplored = [] }
                return state.unexplored
            }
            let found = manifests.map { ($0.id, written(by: $0)) }
            return state.withLock { state in
                for (module, written) in found {
                    state.written[module, default: []].formUnion(written)
                }
                return state.written.values.flatMap(\.self)
            }
        }
    }

    private func written(by manifest: Manifest) -> [String] {
        guard
            let (permissions, places) = try? permissions(
                of: manifest, environment.settings(manifest))
        else { return [] }
        let written = try? WallPlan(permissions: permissions).written(
            folder: options.stateFolder(of: manifest.id), in: places)
        return written ?? []
    }

    /// Before the manifest is known there is nothing that was permitted.
    func walls(beforeManifestOf library: String, from origin: Catalogue.Origin) throws -> Walls {
        try WallPlan(strength: strength(origin)).walls(library: library, in: options.places)
    }

    package func walls(
        for manifest: Manifest, _ settings: ModuleSettings, library: String,
        from origin: Catalogue.Origin, folder: String? = nil
    ) throws -> Walls {
        let confinement = settings.confinement
        let (permissions, places) = try permissions(of: manifest, settings)
        let isOff = confinement.isOff && origin == .development
        return try WallPlan(
            module: manifest.id, strength: isOff ? .off : strength(origin),
            permissions: permissions, limits: confinement.limits
        ).walls(
            library: library, folder: folder, in: places, written: written)
    }

    /// The walls of a program that is started for the module: they are needed, wherever the module
    /// lives and comes from.
    package func programWalls(for manifest: Manifest) throws -> Walls {
        let settings = environment.settings(manifest)
        let (permissions, places) = try permissions(of: manifest, settings)
        return try WallPlan(
            module: manifest.id, strength: options.refusesUnconfined ? .required : .preferred,
            permissions: permissions, limits: settings.confinement.limits
        ).programWalls(
            folder: options.stateFolder(of: manifest.id), in: places, written: written)
    }

    /// What the module may reach, whether or not there are walls around it.
    package func reach(of manifest: Manifest) throws -> Reach {
        let (permissions, places) = try permissions(
            of: manifest, environment.settings(manifest))
        return try Reach(permissions, in: places, LinkWalk(written: written))
    }

    private func permissions(
        of manifest: Manifest, _ settings: ModuleSettings
    ) throws(PermissionProblem) -> (Permissions, PathPlaces) {
        var places = options.places
        places.roots = roots(settings, places)
        let permissions = try settings.confinement.change.applied(
            to: try Permissions(manifest: manifest.permissions), in: places)
        return (permissions, places)
    }

    /// Code that came with the kernel, or that its author has on his desk, runs in the kernel as
    /// well: a missing wall is no reason to refuse it.
    private func strength(_ origin: Catalogue.Origin) -> Walls.Strength {
        let isFromElsewhere = origin == .user || origin == .system
        return isFromElsewhere && options.refusesUnconfined ? .required : .preferred
    }

    /// What the key `roots` of the module's own table names; else the folder of the start.
    private func roots(_ settings: ModuleSettings, _ places: PathPlaces) -> [String] {
        let own = try? JSON(parsing: settings.configuration.own)
        guard let named = own?["roots"]?.array?.compactMap(\.string), !named.isEmpty else {
            return [Files.currentDirectory]
        }
        return named.flatMap { (try? places.expand($0)) ?? [] }
    }
}
