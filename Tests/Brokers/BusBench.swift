import DesktopTesting
import KernelBase
import KernelBus
import KernelHosting
import KernelSystem
import KernelTesting
import ModuleJSON
import Synchronization

@testable import KernelBrokers

/// A bus of its own with a double on it, and a host that does errands there.
final class BusBench: Sendable {
    static let name = "org.example.Echo"

    let bus = PrivateBus()
    let brokers: Brokers
    let warnings = Condition<[String]>([])
    private let double: DesktopTesting.ChildProcess
    private let lastID = Atomic<UInt64>(0)

    init(idleSeconds: Double = 30) {
        double = bus.double(named: Self.name)
        var options = BrokerOptions()
        // There is only one; what is not there is tried by the other.
        options.buses = BusAddresses(
            session: bus.address, system: "unix:path=/nowhere/system_bus_socket")
        options.busIdleSeconds = idleSeconds
        let warnings = warnings
        options.warn = { warning in warnings.withLock { $0.append(warning) } }
        brokers = Brokers(run: { $0() }, alarms: .shared, options: options) {
            throw ErrandRefusal(.unsupported, "")
        }
    }

    deinit {
        brokers.close()
    }

    /// How an errand is given.
    struct With: Sendable {
        var dbus = [BusBench.name]
        var module = "m"
        var credit: UInt64 = 1 << 20
        var seconds = 0.0
    }

    func give(_ service: String, _ order: JSON, _ with: With = With()) -> BusEar {
        let ear = BusEar(lastID.add(1, ordering: .relaxed).newValue)
        var errand = Errand(
            id: ear.id, module: with.module, service: service, order: order.serialized()
        ) {
            var doors = OpenedDoors()
            doors.busNames = with.dbus
            return doors
        }
        errand.creditBytes = with.credit
        if with.seconds > 0 {
            errand.deadlineNanoseconds =
                SystemClock.monotonicNanoseconds + UInt64(with.seconds * 1e9)
        }
        brokers.begin(errand, ear)
        return ear
    }

    /// Calls a method of the double.
    func call(_ member: String, _ more: JSON = [:], _ with: With = With()) -> BusEar {
        var members: [(String, JSON)] = [
            ("bus", "session"), ("destination", .string(Self.name)),
            ("path", .string(PrivateBus.path)), ("interface", .string(Self.name)),
            ("member", .string(member)),
        ]
        for (name, value) in more.object ?? [:] {
            members.removeAll { $0.0 == name }
            members.append((name, value))
        }
        return give("bus", .object(JSONObject(members.map { (key: $0.0, value: $0.1) })), with)
    }

    /// Listens to the double's own interface, unless it is said: it also tells what it was asked.
    func listen(_ more: JSON = [:], _ with: With = With()) -> BusEar {
        var members: [(String, JSON)] = [
            ("bus", "session"), ("sender", .string(Self.name)), ("interface", .string(Self.name)),
        ]
        for (name, value) in more.object ?? [:] {
            members.removeAll { $0.0 == name }
            members.append((name, value))
        }
        return give(
            "bus.signals", .object(JSONObject(members.map { (key: $0.0, value: $0.1) })), with)
    }

    func addMethod(
        _ member: String, takes: String = "", gives: String = "", _ code: String = ""
    ) throws {
        try bus.addMethod(member, of: Self.name, takes: takes, gives: gives, code)
    }
}
