import Desktop
import DesktopTesting
import Testing

@Suite(.enabled(if: PrivateBus.isPossible))
struct BusTests {
    private let target = Bus.Target("org.example.Echo", "/org/example/Echo", "org.example.Echo")

    @Test func `every kind of value goes there and comes back`() throws {
        let bus = PrivateBus()
        let double = bus.double(target)
        let values: [BusValue] = [
            .byte(255), .bool(true), .bool(false), .int16(-32768), .uint16(65535),
            .int32(.min), .uint32(.max), .int64(.min), .uint64(.max), .double(-0.25),
            .string("Zürich 日本 \""), .string(""), .path("/a/b_1"), .signature("a{sv}"),
            .strings(["a", ""]), .array("i", []), .structure([.string("x"), .int64(-1)]),
            .array("{sv}", [.entry(.string("k"), .variant(.strings(["v"])))]),
            .array("a(sb)", [.array("(sb)", [.structure([.string("n"), .bool(true)])])]),
            .variant(.array("ay", [.array("y", [.byte(0), .byte(7)])])),
        ]
        let signature = values.map(\.signature).joined()
        _ = try bus.mock(
            target, "AddMethod",
            [
                .string(""), .string("Echo"), .string(signature), .string(signature),
                .string("ret = args"),
            ])
        let connection = try Bus(.session, address: bus.address)
        #expect(try connection.call(target, "Echo", values) == values)
        withExtendedLifetime(double) {}
    }

    @Test func `a refusal says who refused what, and of which kind it is`() throws {
        let bus = PrivateBus()
        let double = bus.double(target)
        let errors: [(name: String, kind: DesktopError.Kind)] = [
            ("org.freedesktop.DBus.Error.AccessDenied", .denied),
            ("org.freedesktop.DBus.Error.UnknownObject", .notFound),
            ("org.example.Odd", .failed),
        ]
        let connection = try Bus(.session, address: bus.address)
        for (name, kind) in errors {
            let code = "raise dbus.exceptions.DBusException('no way', name='\(name)')"
            _ = try bus.mock(
                target, "AddMethod",
                [.string(""), .string("Refuse"), .string(""), .string(""), .string(code)])
            #expect(
                throws: DesktopError(
                    kind, "org.example.Echo on the session bus did not do Refuse: no way")
            ) { try connection.call(target, "Refuse") }
        }
        withExtendedLifetime(double) {}
    }

    @Test func `who is not there, and who is silent, are told apart`() throws {
        let bus = PrivateBus()
        let double = bus.double(target)
        _ = try bus.mock(
            target, "AddMethod",
            [
                .string(""), .string("Sleep"), .string(""), .string(""),
                .string("import time; time.sleep(2)"),
            ])
        let connection = try Bus(.session, address: bus.address)
        let nobody = Bus.Target("org.example.Nobody", "/", "org.example.Nobody")
        let absent = #expect(throws: DesktopError.self) { try connection.call(nobody, "Hello") }
        #expect(absent?.kind == .unavailable)
        let silent = #expect(throws: DesktopError.self) {
            try connection.call(target, "Sleep", timeoutMilliseconds: 50)
        }
        #expect(silent?.kind == .timedOut)
        withExtendedLifetime(double) {}
    }

    @Test func `an address that leads nowhere is an error, not a crash`() {
        for address in ["unix:path=/nowhere/bus", "nonsense", "unix:path=", ""] {
            let error = #expect(throws: DesktopError.self) {
                let connection = try Bus(.system, address: address)
                _ = try connection.call(target, "Hello")
            }
            #expect(error?.kind == .unavailable || error?.kind == .failed)
        }
    }

    @Test func `text that the bus cannot carry is an error`() throws {
        let bus = PrivateBus()
        let connection = try Bus(.session, address: bus.address)
        #expect(throws: DesktopError.self) {
            try connection.call(target, "Hello", [.path("no path")])
        }
        let odd = Bus.Target("no name", "no path", "")
        #expect(throws: DesktopError.self) { try connection.call(odd, "Hello") }
    }
}
