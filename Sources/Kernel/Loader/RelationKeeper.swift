package import KernelBase
package import KernelBuilds
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
    private let cover: PermissionCover

    init(home: String?) {
        cover = PermissionCover(home: home)
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
            state.routes[module, default: [:]][interface] = route
            return route
        }
    }

    private func route(from module: String, to interface: String, _ state: State) -> Route {
        guard let manifest = state.manifests[module] else {
            return .refused(.busy, "\(module) is not in service")
        }
        guard let provider = state.relations.provider(of: interface, for: module) else {
            return unbound(manifest, interface, state)
        }
        let callee = state.manifests[provider.id]
        let missing = cover.missing(
            caller: manifest.permissions, callee: callee?.permissions ?? [:])
        guard let missing else { return .to(module: provider.id) }
        let verb = Self.verbs[missing.kind] ?? missing.kind
        return .refused(
            .denied,
            "\(module) may not have \(provider.id) work for it: \(provider.id) may \(verb) "
                + "\(missing.value), which \(module) may not; add \"\(missing.value)\" to "
                + "permissions.\(missing.kind) of \(module)")
    }

    private static let verbs = [
        "read": "read", "write": "write", "network": "reach", "dbus": "talk to",
        "execute": "execute",
    ]

    private func unbound(_ manifest: Manifest, _ interface: String, _ state: State) -> Route {
        let module = manifest.id
        guard manifest.requires.contains(where: { $0.name == interface }) else {
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
