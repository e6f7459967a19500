import KernelBase
import KernelSystem

/// Where the buses are.
package struct BusAddresses: Sendable {
    package var session: String
    package var system: String

    package init(session: String, system: String) {
        self.session = session
        self.system = system
    }

    /// As the environment says, and else where they usually are.
    package static var ofThisProcess: BusAddresses {
        let folder = Environment.value("XDG_RUNTIME_DIR", or: "/run/user/\(ProcessFacts.user)")
        return BusAddresses(
            session: Environment.value(
                "DBUS_SESSION_BUS_ADDRESS", or: "unix:path=\(escaped(folder))/bus"),
            system: Environment.value(
                "DBUS_SYSTEM_BUS_ADDRESS", or: "unix:path=/run/dbus/system_bus_socket"))
    }

    /// The sockets among them: other kinds of addresses start programs, or look up names.
    func sockets(_ kind: BusKind) throws(BusFailure) -> String {
        let address = kind == .session ? session : system
        let sockets = address.split(separator: ";").filter { $0.hasPrefix("unix:") }
        guard !sockets.isEmpty else {
            throw BusFailure(
                .unreachable, "its address \"\(address)\" has no socket of this machine (unix:)")
        }
        return sockets.joined(separator: ";")
    }

    private static func escaped(_ path: String) -> String {
        path.utf8.map { byte in
            let isPlain =
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "-")...UInt8(ascii: "9"), UInt8(ascii: "_"):
                    true
                default: false
                }
            let digits = String(byte, radix: 16)
            return isPlain ? String(UnicodeScalar(byte)) : "%" + (byte < 16 ? "0" : "") + digits
        }.joined()
    }
}
