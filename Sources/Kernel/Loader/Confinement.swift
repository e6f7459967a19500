import KernelBase
import KernelBuilds
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
final class WallMaker: Sendable {
    private let environment: LoaderEnvironment
    private let options: LoaderOptions
    private let report = Mutex<WallReport?>(nil)

    init(environment: LoaderEnvironment, options: LoaderOptions) {
        self.environment = environment
        self.options = options
    }

    /// What the last worker said that was to be confined; nil before there was one.
    var lastReport: WallReport? { report.withLock { $0 } }

    /// Warns when a wall is missing that was not missing before.
    func note(_ walls: Walls, _ new: WallReport?) {
        guard walls.strength != .off, let new else { return }
        let old = report.withLock { report in
            defer { report = new }
            return report
        }
        guard let problem = new.problem, old?.problem != problem else { return }
        environment.report(
            .warning(
                "worker processes are not confined as they should be: \(problem). Modules from "
                    + "elsewhere are "
                    + (options.refusesUnconfined ? "refused" : "run all the same")))
    }

    /// Before the manifest is known there is nothing that was permitted.
    func walls(beforeManifestOf build: Build, from origin: Catalogue.Origin) throws -> Walls {
        try WallPlan(strength: strength(origin)).walls(library: build.path, in: options.places)
    }

    func walls(
        for manifest: Manifest, _ settings: ModuleSettings, _ build: Build,
        from origin: Catalogue.Origin
    ) throws -> Walls {
        let confinement = settings.confinement
        let (permissions, places) = try permissions(of: manifest, settings)
        let isOff = confinement.isOff && origin == .development
        return try WallPlan(
            module: manifest.id, strength: isOff ? .off : strength(origin),
            permissions: permissions, limits: confinement.limits
        ).walls(library: build.path, in: places)
    }

    /// What the module may reach, whether or not there are walls around it.
    func reach(of manifest: Manifest) throws -> Reach {
        let (permissions, places) = try permissions(
            of: manifest, environment.settings(manifest))
        return try Reach(permissions, in: places)
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
