package import Desktop
import Glibc

/// The systemd of the user, where there is one: it knows the environment of the session, and keeps
/// applications apart from the services that start them.
struct UserManager: Sendable {
    let busAddress: String

    private static let service = "org.freedesktop.systemd1"
    private static let manager = Bus.Target(
        service, "/org/freedesktop/systemd1", "org.freedesktop.systemd1.Manager")

    /// What a session tells its services, for a daemon that started before the session.
    static let sessionVariables: Set<String> = [
        "DISPLAY", "WAYLAND_DISPLAY", "XAUTHORITY", "XDG_CURRENT_DESKTOP", "XDG_SESSION_TYPE",
        "XDG_SESSION_DESKTOP", "DESKTOP_SESSION", "XDG_DATA_DIRS", "XDG_CONFIG_DIRS",
        "QT_QPA_PLATFORMTHEME", "GTK_MODULES", "SWAYSOCK", "I3SOCK",
    ]

    /// Those of the variables above that the session has set; none where there is no manager.
    func sessionEnvironment() -> [String: String] {
        guard
            let value = try? Bus(.session, address: busAddress)
                .property(UserManager.manager, "Environment")
        else { return [:] }
        var variables: [String: String] = [:]
        for pair in (value.elements ?? []).compactMap(\.text) {
            guard let separator = pair.firstIndex(of: "=") else { continue }
            let name = String(pair[..<separator])
            guard UserManager.sessionVariables.contains(name) else { continue }
            variables[name] = String(pair[pair.index(after: separator)...])
        }
        return variables
    }

    /// Gives a process a scope of its own, so that it outlives the kernel's service and does not
    /// count against its memory. Where that cannot be had, the process stays where it is.
    func adopt(_ process: Int32, application id: String) {
        let name = "app-kernel-\(UserManager.escaped(id))-\(process).scope"
        let before = UserManager.group(of: process)
        let options: [BusValue] = [
            UserManager.option("Description", .string("Application \(id)")),
            UserManager.option("Slice", .string("app.slice")),
            UserManager.option("CollectMode", .string("inactive-or-failed")),
            UserManager.option("PIDs", .array("u", [.uint32(UInt32(process))])),
        ]
        do throws(DesktopError) {
            let bus = try Bus(.session, address: busAddress)
            _ = try bus.call(
                UserManager.manager, "StartTransientUnit",
                [
                    .string(name), .string("fail"), .array("(sv)", options),
                    .array("(sa(sv))", []),
                ])
        } catch {
            return
        }
        // The answer comes before the deed: a program that runs sooner could leave children behind.
        for _ in 0..<100 where UserManager.group(of: process) == before { usleep(2000) }
    }

    private static func option(_ name: String, _ value: BusValue) -> BusValue {
        .structure([.string(name), .variant(value)])
    }

    private static func group(of process: Int32) -> [UInt8]? {
        SmallFile.read("/proc/\(process)/cgroup", limit: 4096)
    }

    /// As systemd-escape: a dash separates the parts of a unit's name.
    static func escaped(_ id: String) -> String {
        let name = id.hasSuffix(".desktop") ? String(id.dropLast(".desktop".count)) : id
        var result = ""
        for byte in name.utf8 {
            let scalar = Unicode.Scalar(byte)
            let isPlain = byte < 0x80 && (Character(scalar).isLetter || Character(scalar).isNumber)
            if isPlain || "_.".unicodeScalars.contains(scalar) {
                result.unicodeScalars.append(scalar)
            } else {
                let digits = String(byte, radix: 16)
                result += "\\x" + (digits.count < 2 ? "0" : "") + digits
            }
        }
        return result
    }
}

extension Environment {
    /// With what the session of the user knows and this one lacks: a daemon may have been started
    /// before the desktop was.
    package var completedFromSession: Environment {
        guard !hasDisplay, let sessionBusAddress else { return self }
        let manager = UserManager(busAddress: sessionBusAddress)
        var completed = self
        completed.variables.merge(manager.sessionEnvironment()) { $1 }
        return completed
    }

    /// The bus of the session that this is the environment of; nil where there is none.
    var sessionBusAddress: String? {
        if let address = self["DBUS_SESSION_BUS_ADDRESS"] { return address }
        let folder = self["XDG_RUNTIME_DIR"] ?? "/run/user/\(getuid())"
        return SmallFile.kind(of: "\(folder)/bus") == .other ? "unix:path=\(folder)/bus" : nil
    }
}
