/// A system call that ran into a wall.
package struct Refusal: Sendable, Hashable {
    package enum Kind: Sendable, Hashable {
        case read(String)
        case write(String)
        case execute(String)
        /// A socket of this family, if one was to be made.
        case network(family: Int32)
        case process
        case signal
        case other(String)
    }

    package let kind: Kind

    package init(_ kind: Kind) {
        self.kind = kind
    }

    /// What was refused, which permission is missing, and where to write it.
    package func sentence(module: String) -> String {
        let who = module.isEmpty ? "the module" : "module \(module)"
        switch kind {
        case .read(let path):
            return "the sandbox refused reading \(path): \(who) does not have the permission; "
                + Self.remedy(.read, path, module)
        case .write(let path):
            return "the sandbox refused writing \(path): \(who) does not have the permission; "
                + Self.remedy(.write, path, module)
        case .execute(let path):
            return "the sandbox refused starting \(path.isEmpty ? "a program" : path): "
                + "a worker starts no programs itself; the host runs what permissions.execute "
                + "names (call.programs, mod/run.h)"
        case .network(let family):
            return "the sandbox refused \(Self.socketName(family)): a worker makes "
                + "no sockets; the host asks the servers that permissions.network names "
                + "(call.http, mod/http.h) or connects to them (call.connect, mod/connect.h), and "
                + "asks the services that permissions.dbus names (call.bus, mod/bus.h)"
        case .process:
            return "the sandbox refused starting another process: a worker is one process"
        case .signal:
            return "the sandbox refused sending a signal to another process"
        case .other(let name) where Self.changes.contains(name):
            return "the sandbox refused \(name): a worker that may read something of the user's "
                + "that it may not write changes no modes, times and attributes of files"
        case .other(let name):
            return "the sandbox refused the system call \(name), which no permission opens"
        }
    }

    /// What the system allows of files that are open for reading only.
    private static let changes: Set = ["fchmod", "utimensat", "fsetxattr", "fremovexattr"]

    /// What to write where, to have a permission.
    package static func remedy(_ kind: PermissionKind, _ path: String, _ module: String) -> String {
        let table = "[modules.\(module.isEmpty ? "<id>" : module).permissions]"
        return "add \"\(path)\" to permissions.\(kind.rawValue) in its manifest, or "
            + "\(kind.rawValue) = [\"+\(path)\"] to \(table) in kernel.toml"
    }

    private static func socketName(_ family: Int32) -> String {
        switch family {
        case 1: "a Unix socket"
        case 2, 10: "an Internet socket"
        default: "a socket"
        }
    }
}
