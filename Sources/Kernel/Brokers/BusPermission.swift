import KernelBase
import KernelBus
import KernelSandbox

/// With whom a module may talk on the buses, by its permission `dbus`.
struct BusPermission: Sendable {
    private let module: String
    private let places: [BusPlace]

    /// Of the bus itself: whether somebody has a name that the permission opens.
    private static let harmless: Set = ["GetNameOwner", "NameHasOwner"]

    init(_ entries: [String], of module: String) {
        self.module = module
        places = entries.compactMap { BusPlace($0) }
    }

    func check(_ call: BusCall, on bus: BusKind) throws(ErrandRefusal) {
        guard call.destination != BusDriver.name else { return try checkDriver(call, on: bus) }
        guard opens(bus, call.destination, call.interface, call.member) else {
            throw refusal(
                "calling \(call.interface.map { "\($0)." } ?? "")\(call.member) of "
                    + call.destination, bus, call.destination)
        }
    }

    func check(_ match: BusMatch, on bus: BusKind) throws(ErrandRefusal) {
        guard match.sender != BusDriver.name else {
            throw ErrandRefusal(
                .denied,
                "\(BusDriver.name) is the bus itself, whose signals are not passed on: who has a "
                    + "name is told to whoever listens to it")
        }
        guard opens(bus, match.sender, match.interface, match.member) else {
            throw refusal("listening to \(match.sender)", bus, match.sender)
        }
    }

    private func opens(
        _ bus: BusKind, _ name: String, _ interface: String?, _ member: String?
    ) -> Bool {
        places.contains { $0.opens(bus, name, interface, member) }
    }

    private func checkDriver(_ call: BusCall, on bus: BusKind) throws(ErrandRefusal) {
        guard call.interface == nil || call.interface == BusDriver.name,
            Self.harmless.contains(call.member), case .text(_, let name)? = call.arguments.first
        else {
            throw ErrandRefusal(
                .denied,
                "\(BusDriver.name) is the bus itself: no permission opens it, but for "
                    + "GetNameOwner and NameHasOwner of names that the module may talk to")
        }
        let isOpen = places.contains { $0.opens(bus, name, $0.interface, $0.member) }
        guard isOpen else { throw refusal("asking for the owner of \(name)", bus, name) }
    }

    private func refusal(_ what: String, _ bus: BusKind, _ name: String) -> ErrandRefusal {
        ErrandRefusal(
            "\(what) on the \(bus.name) bus is refused", missing: .dbus, "\(bus.name):\(name)",
            module)
    }
}
