package import Desktop

/// A D-Bus of its own for a test, with doubles of services on it.
package final class PrivateBus: Sendable {
    package let address: String
    private let folder = TemporaryFolder()
    private let daemon: ChildProcess

    package static let isPossible = installed(
        "/usr/bin/dbus-daemon", "/usr/bin/python3", "/usr/lib/python3/dist-packages/dbusmock")

    package init() {
        let socket = "\(folder.path)/bus"
        address = "unix:path=\(socket)"
        let configuration = folder.write(
            """
            <!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
             "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
            <busconfig>
              <listen>unix:path=\(socket)</listen>
              <auth>EXTERNAL</auth>
              <policy context="default">
                <allow send_destination="*"/> <allow eavesdrop="true"/> <allow own="*"/>
              </policy>
            </busconfig>
            """, to: "bus.conf")
        daemon = ChildProcess([
            "/usr/bin/dbus-daemon", "--config-file=\(configuration)", "--nofork", "--nopidfile",
            "--nosyslog",
        ])
        let isUp = eventually { (try? Bus(.session, address: address).names()) != nil }
        precondition(isUp, "the private bus did not come up")
    }

    /// A double from a template of python-dbusmock.
    package func double(template: String, service: String) -> ChildProcess {
        start(["--system", "--template", template], service)
    }

    /// A double with nothing on it but one object.
    package func double(_ target: Bus.Target) -> ChildProcess {
        start(["--session", target.service, target.path, target.interface], target.service)
    }

    /// A double with one object, /object, and one interface that is called as the service is.
    package func double(named name: String) -> ChildProcess {
        double(Bus.Target(name, Self.path, name))
    }

    package static let path = "/object"

    /// Gives a double a method. The code, in Python, has `self` and `args`, and may set `ret`.
    package func addMethod(
        _ member: String, of name: String, takes: String = "", gives: String = "",
        _ code: String = ""
    ) throws {
        _ = try mock(
            Bus.Target(name, Self.path, name), "AddMethod",
            [.string(""), .string(member), .string(takes), .string(gives), .string(code)])
    }

    /// Ends the bus under everybody's feet.
    package func kill() {
        daemon.kill()
    }

    /// Speaks to the double itself: https://martinpitt.github.io/python-dbusmock/
    package func mock(
        _ target: Bus.Target, _ member: String, _ arguments: [BusValue]
    ) throws -> [BusValue] {
        let mock = Bus.Target(target.service, target.path, "org.freedesktop.DBus.Mock")
        return try Bus(.session, address: address).call(mock, member, arguments)
    }

    /// The arguments of each call of a method so far.
    package func calls(of member: String, _ target: Bus.Target) throws -> [[BusValue]] {
        let calls = try mock(target, "GetMethodCalls", [.string(member)]).first?.elements ?? []
        return calls.map { call in
            (call.elements?.last?.elements ?? []).map(\.unwrapped)
        }
    }

    private func start(_ options: [String], _ service: String) -> ChildProcess {
        let child = ChildProcess(
            ["/usr/bin/python3", "-m", "dbusmock"] + options,
            environment: [
                "DBUS_SESSION_BUS_ADDRESS": address, "DBUS_SYSTEM_BUS_ADDRESS": address,
                "PATH": "/usr/bin:/bin", "PYTHONDONTWRITEBYTECODE": "1", "HOME": folder.path,
            ], output: "\(folder.path)/double.log")
        let isUp = eventually {
            (try? Bus(.session, address: address).names())?.contains(service) == true
        }
        let log = ChildProcess.text(of: "\(folder.path)/double.log")
        precondition(isUp, "the double of \(service) did not come up: \(log)")
        return child
    }
}

extension Bus {
    fileprivate borrowing func names() throws(DesktopError) -> [String] {
        let driver = Bus.Target(
            "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus")
        return try call(driver, "ListNames").first?.elements?.compactMap(\.text) ?? []
    }
}
