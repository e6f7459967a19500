package import KernelBase
package import KernelBuilds
package import KernelGenerations
import KernelSandbox
import ModuleJSON
import Synchronization

/// Who serves whom now, for whoever routes what modules ask of each other.
package final class RelationKeeper: Sendable {
    /// Where a request of a module goes.
    package enum Route: Sendable, Hashable {
        case to(module: String)
        case refused(CallStatus, String)
    }

    private struct State {
        var relations = Relations()
        var manifests: [String: Manifest] = [:]
        /// By asking module, then by interface: worked out on the first request.
        var routes: [String: [String: Route]] = [:]
    }

    private let state = Mutex(State())
    /// What a module may reach.
    private let reach: @Sendable (Manifest) throws -> Reach

    init(reach: @escaping @Sendable (Manifest) throws -> Reach) {
        self.reach = reach
    }

    package var relations: Relations { state.withLock { $0.relations } }

    /// From now on requests are routed by these.
    func publish(_ relations: Relations, _ manifests: [String: Manifest]) {
        state.withLock { state in
            state.relations = relations
            state.manifests = manifests
            state.routes = [:]
        }
    }

    /// Where `module` finds an interface.
    package func route(from module: String, to interface: String) -> Route {
        state.withLock { state in
            if let known = state.routes[module]?[interface] { return known }
            let route = route(from: module, to: interface, state)
            // A module may ask for any name; those that it requires are few.
            if state.manifests[module]?.requires(interface) == true {
                state.routes[module, default: [:]][interface] = route
            }
            return route
        }
    }

    /// What a module may reach now. Looks at the disk.
    package func reach(of module: String) throws -> Reach {
        try reach(manifest(of: module))
    }

    func manifest(of module: String) throws -> Manifest {
        guard let manifest = state.withLock({ $0.manifests[module] }) else { throw NotInService() }
        return manifest
    }

    private struct NotInService: Error, CustomStringConvertible {
        let description = "it is not in service"
    }

    private func route(from module: String, to interface: String, _ state: State) -> Route {
        guard let manifest = state.manifests[module] else {
            return .refused(.busy, "\(module) is not in service")
        }
        guard let provider = state.relations.provider(of: interface, for: module) else {
            return unbound(manifest, interface, state)
        }
        guard let callee = state.manifests[provider.id] else {
            return .refused(.busy, "\(provider.id) is not in service")
        }
        return allowed(manifest, callee)
    }

    private func allowed(_ manifest: Manifest, _ callee: Manifest) -> Route {
        let missing: Reach.Missing?
        do {
            missing = try reach(manifest).missing(for: try reach(callee))
        } catch {
            return .refused(.denied, "the permissions of \(manifest.id) or \(callee.id): \(error)")
        }
        guard let missing else { return .to(module: callee.id) }
        let (kind, value) = (missing.kind.rawValue, missing.value)
        return .refused(
            .denied,
            "\(manifest.id) may not have \(callee.id) work for it: \(callee.id) has the permission "
                + "to \(Self.verb(missing.kind)) \(value), which \(manifest.id) has not; to give "
                + "it that, write \(kind) = [\"+\(value)\"] under "
                + "[modules.\(manifest.id).permissions]")
    }

    private static func verb(_ kind: PermissionKind) -> String {
        switch kind {
        case .read, .write, .execute: kind.rawValue
        case .network: "reach"
        case .dbus: "talk to"
        }
    }

    private func unbound(_ manifest: Manifest, _ interface: String, _ state: State) -> Route {
        let module = manifest.id
        guard manifest.requires(interface) else {
            let hint = Spelling.hint(for: interface, among: manifest.requires.map(\.name))
            return .refused(
                .denied,
                "\(module) does not require \(interface) in its manifest\(hint); add it to "
                    + "requires")
        }
        let reason =
            state.relations.absences[module]?[interface]
            ?? state.relations.problems[module]?.description ?? "nothing provides \(interface)"
        return .refused(.notFound, reason)
    }
}

extension Manifest {
    fileprivate func requires(_ interface: String) -> Bool {
        requires.contains { $0.name == interface }
    }
}
