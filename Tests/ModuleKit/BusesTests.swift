import ModuleJSON
import ModuleKit
import Testing

@testable import ModuleKitTesting

/// Talks on the buses.
private final class Talker: Module {
    static let manifest = Manifest(
        id: "talker", version: "1.0.0", about: "Talks.",
        permissions: .init(
            dbus: ["system:org.example.Power", "org.example.Apps.*", "org.example.One/a.b.Get"]))
    static let tasks: [TaskOf<Talker>] = [
        TaskOf("level", "A property.", risk: .read, run: level),
        TaskOf("say", "A call.", risk: .read, run: say),
        TaskOf("reach", "Whomever.", risk: .read, run: reach),
        TaskOf("listen", "To signals.", risk: .read, run: listen),
    ]

    struct Place: Arguments {
        @Argument("Which bus.") var bus: String
        @Argument("Which name.") var name: String
        @Argument("Which interface.", default: "a.b") var interface: String
    }

    private let power = BusObject(.system, "org.example.Power", at: "/power")

    init(_ host: Host) {}

    func level(_ call: Call) async throws -> JSON {
        try await call.bus.property(power, "Level")
    }

    func say(_ call: Call) async throws -> String {
        do {
            let answer = try await call.bus.call(power, "Set", "su", "low", 3)
            return "\(answer.signature) \(answer.values)"
        } catch let error as BusError {
            return "refused: \(error)"
        }
    }

    func reach(_ place: Place, _ call: Call) async throws -> String {
        let object = BusObject(
            BusKind(rawValue: place.bus) ?? .session, place.name, at: "/", place.interface)
        return try await call.bus.call(object, "Get").signature
    }

    func listen(_ call: Call) async throws -> String {
        var text = ""
        do {
            for try await element in try call.bus.signals(BusMatch(of: power, "Changed")) {
                switch element {
                case .owner(let isThere): text += "owner \(isThere) "
                case .lost(let count): text += "lost \(count) "
                case .signal(let signal): text += "\(signal.member)\(signal.values) "
                }
            }
        } catch let failure as Failure {
            text += failure.message
        }
        return text
    }
}

@Suite struct BusesTests {
    private func host(
        _ bus: (@Sendable (BusRequest) async throws -> BusAnswer)?
    ) throws -> TestHost {
        var outside = Outside()
        outside.bus = bus
        return try TestHost(Talker.self, outside: outside)
    }

    @Test func `a call says what the module said, and its answer is the result`() async throws {
        let host = try host { request in
            #expect(request.object.bus == .system && request.object.name == "org.example.Power")
            #expect(request.object.path == "/power" && request.member == "Set")
            #expect(request.object.interface == "org.example.Power" && request.startsService)
            #expect(request.signature == "su" && request.arguments == ["low", 3])
            return BusAnswer("b", [true])
        }
        #expect(try await host.call("say").text == "b [true]")
        try host.close()
    }

    @Test func `a property is asked for as D-Bus has it`() async throws {
        let host = try host { request in
            #expect(request.object.interface == "org.freedesktop.DBus.Properties")
            #expect(request.member == "Get" && request.signature == "ss")
            #expect(request.arguments == ["org.example.Power", "Level"])
            return BusAnswer("v", [["signature": "u", "value": 42]])
        }
        #expect(try await host.call("level").json == 42)
        try host.close()
    }

    @Test func `an error of the service is told from what else fails`() async throws {
        let host = try host { _ in throw BusError("org.example.No", "not today") }
        #expect(try await host.call("say").text == "refused: not today (org.example.No)")
        try host.close()
        let nobody = try self.host(nil)
        #expect(try await nobody.call("say").status == .notFound)
        try nobody.close()
    }

    @Test(arguments: [
        ("session", "org.example.Power", "a.b"), ("system", "org.example.Apps", "a.b"),
        ("session", "org.example.One", "a.c"), ("session", "org.example.Two", "a.b"),
    ])
    func `what the manifest does not name is refused, as in the kernel`(
        bus: String, name: String, interface: String
    ) async throws {
        let host = try host { _ in BusAnswer("never") }
        let place: JSON = [
            "bus": .string(bus), "name": .string(name), "interface": .string(interface),
        ]
        #expect(try await host.call("reach", place).status == .denied)
        for (bus, name) in [("system", "org.example.Apps.x"), ("session", "org.example.One")] {
            #expect(
                try await host.call("reach", ["bus": .string(bus), "name": .string(name)]).text
                    == "never")
        }
        try host.close()
    }

    @Test func `signals come as a sequence`() async throws {
        var outside = Outside()
        outside.signals = { match in
            #expect(match.sender == "org.example.Power" && match.member == "Changed")
            #expect(match.path == "/power" && match.interface == "org.example.Power")
            let signal = BusSignal("Changed", at: "/power", "org.example.Power", "u", [7])
            return [.owner(true), .signal(signal), .lost(2), .owner(false)]
        }
        let host = try TestHost(Talker.self, outside: outside)
        #expect(
            try await host.call("listen").text
                == "owner true Changed[7] lost 2 owner false bus.signals: the bus has ended the "
                + "connection")
        try host.close()
    }

    @Test func `the battery of the tutorial is asked, and heard`() async throws {
        var outside = Outside()
        outside.bus = { request in
            #expect(request.arguments == ["org.freedesktop.UPower.Device", "Percentage"])
            return BusAnswer("v", [["signature": "d", "value": 80.5]])
        }
        outside.signals = { match in
            let signal = BusSignal("Changed", at: match.path ?? "", "a.b", "i", [1])
            return [.owner(true), .signal(signal)]
        }
        let host = try TestHost(Battery.self, outside: outside)
        #expect(try await host.call("level").json == 80.5)
        #expect(try await host.call("news").json == [1])
        try host.close()
    }
}
