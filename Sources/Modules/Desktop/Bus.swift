import CDesktop
import Glibc

/// A connection to a D-Bus, for a few calls; closed with the value.
package struct Bus: ~Copyable {
    private let library: desktop_bus_library
    private let connection: OpaquePointer
    private let kind: Kind

    package enum Kind: String, Sendable {
        case session, system
    }

    /// The thing on the bus that is called.
    package struct Target: Sendable {
        package let service: String
        package let path: String
        package let interface: String

        package init(_ service: String, _ path: String, _ interface: String) {
            self.service = service
            self.path = path
            self.interface = interface
        }
    }

    /// `address` is for a bus other than the one that the environment names.
    package init(_ kind: Kind, address: String? = nil) throws(DesktopError) {
        guard let library = desktop_bus_library_open()?.pointee else {
            throw DesktopError(
                .unavailable,
                "D-Bus needs libsystemd, which is not here: install the package libsystemd0")
        }
        var connection: OpaquePointer?
        let status = Bus.open(kind, address, library, &connection)
        guard status >= 0, let connection else {
            throw DesktopError(
                .unavailable,
                "the \(kind.rawValue) bus cannot be reached: \(SmallFile.reason(-status))")
        }
        self.library = library
        self.connection = connection
        self.kind = kind
    }

    deinit {
        _ = library.sd_bus_flush_close_unref(connection)
    }

    /// Calls a method and waits for its answer.
    package func call(
        _ target: Target, _ member: String, _ arguments: [BusValue] = [],
        timeoutMilliseconds: UInt64 = 2000
    ) throws(DesktopError) -> [BusValue] {
        var message: OpaquePointer?
        let made = library.sd_bus_message_new_method_call(
            connection, &message, target.service, target.path, target.interface, member)
        guard made >= 0, let message else { throw malformed(target, member, made) }
        defer { _ = library.sd_bus_message_unref(message) }
        let coder = BusCoder(library: library, message: message)
        for argument in arguments {
            let status = coder.append(argument)
            guard status >= 0 else { throw malformed(target, member, status) }
        }
        var error = sd_bus_error()
        defer { library.sd_bus_error_free(&error) }
        var reply: OpaquePointer?
        let status = library.sd_bus_call(
            connection, message, timeoutMilliseconds * 1000, &error, &reply)
        guard status >= 0, let reply else { throw refusal(target, member, status, error) }
        defer { _ = library.sd_bus_message_unref(reply) }
        return BusCoder(library: library, message: reply).readAll()
    }

    package func property(_ target: Target, _ name: String) throws(DesktopError) -> BusValue? {
        let properties = Target(target.service, target.path, "org.freedesktop.DBus.Properties")
        let arguments: [BusValue] = [.string(target.interface), .string(name)]
        return try call(properties, "Get", arguments).first?.unwrapped
    }

    package func properties(_ target: Target) throws(DesktopError) -> [String: BusValue] {
        let properties = Target(target.service, target.path, "org.freedesktop.DBus.Properties")
        return try call(properties, "GetAll", [.string(target.interface)]).first?.dictionary ?? [:]
    }

    private static func open(
        _ kind: Kind, _ address: String?, _ library: desktop_bus_library,
        _ connection: inout OpaquePointer?
    ) -> Int32 {
        guard let address else {
            return kind == .session
                ? library.sd_bus_open_user(&connection) : library.sd_bus_open_system(&connection)
        }
        var status = library.sd_bus_new(&connection)
        guard status >= 0, let made = connection else { return status }
        status = library.sd_bus_set_address(made, address)
        if status >= 0 { status = library.sd_bus_set_bus_client(made, 1) }
        if status >= 0 { status = library.sd_bus_start(made) }
        if status < 0 {
            _ = library.sd_bus_flush_close_unref(made)
            connection = nil
        }
        return status
    }

    private func malformed(_ target: Target, _ member: String, _ status: Int32) -> DesktopError {
        DesktopError(
            .failed,
            "\(target.interface).\(member) cannot be called: \(SmallFile.reason(-status))")
    }

    private func refusal(
        _ target: Target, _ member: String, _ status: Int32, _ error: sd_bus_error
    ) -> DesktopError {
        let name = error.name.map { String(cString: $0) } ?? ""
        let said = error.message.map { String(cString: $0) } ?? SmallFile.reason(-status)
        return DesktopError(
            Bus.kind(ofErrorNamed: name, status),
            "\(target.service) on the \(kind.rawValue) bus did not do \(member): \(said)")
    }

    private static func kind(ofErrorNamed name: String, _ status: Int32) -> DesktopError.Kind {
        let prefix = "org.freedesktop.DBus.Error."
        let unreachable = [
            "ServiceUnknown", "NameHasNoOwner", "Disconnected", "NoServer", "FileNotFound",
        ]
        let missing = ["UnknownObject", "UnknownMethod", "UnknownInterface", "UnknownProperty"]
        let forbidden = ["AccessDenied", "AuthFailed", "InteractiveAuthorizationRequired"]
        switch name {
        case _ where unreachable.contains { prefix + $0 == name }: return .unavailable
        case _ where name.hasPrefix(prefix + "Spawn."): return .unavailable
        case _ where missing.contains { prefix + $0 == name }: return .notFound
        case _ where forbidden.contains { prefix + $0 == name }: return .denied
        case prefix + "NoReply", prefix + "Timeout": return .timedOut
        default: break
        }
        switch -status {
        case ETIMEDOUT: return .timedOut
        case EACCES, EPERM: return .denied
        case ECONNREFUSED, ENOENT, ENOTCONN, ECONNRESET: return .unavailable
        default: return .failed
        }
    }
}
