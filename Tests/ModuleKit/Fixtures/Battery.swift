import ModuleJSON
import ModuleKit

struct Battery: Module {
    static let manifest = Manifest(
        id: "battery", version: "1.0.0", about: "Knows the battery.",
        permissions: .init(dbus: ["system:org.freedesktop.UPower"]))
    static let tasks: [TaskOf<Battery>] = [
        TaskOf("level", "How full it is, in percent.", risk: .read, run: level),
        TaskOf("news", "The next that changes.", risk: .read, run: news),
    ]

    private let device = BusObject(
        .system, "org.freedesktop.UPower", at: "/org/freedesktop/UPower/devices/DisplayDevice",
        "org.freedesktop.UPower.Device")

    init(_ host: Host) {}

    func level(_ call: Call) async throws -> JSON {
        try await call.bus.property(device, "Percentage")
    }

    func news(_ call: Call) async throws -> JSON {
        let match = BusMatch(.system, from: device.name, at: device.path)
        for try await news in try call.bus.signals(match) {
            if case .signal(let signal) = news { return .array(signal.values) }
        }
        return .null
    }
}
