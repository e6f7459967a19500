import KernelBase
import Testing

@testable import KernelSandbox

@Suite struct BusPlaceTests {
    struct Case: Sendable {
        let entry: String
        let opens: [String]
        let closed: [String]
    }

    /// What is opened is written as an entry for one member: bus:name/interface.member.
    private static let cases = [
        Case(
            entry: "org.example.A", opens: ["session:org.example.A/i.j.M", "system:org.example.A"],
            closed: ["session:org.example.AB", "session:org.example.A.b", "system:org.example"]),
        Case(
            entry: "system:org.example.A", opens: ["system:org.example.A/i.j.M"],
            closed: ["session:org.example.A"]),
        Case(
            entry: "session:org.example.*",
            opens: ["session:org.example.A", "session:org.example.A.b"],
            closed: ["session:org.example2.A", "system:org.example.A"]),
        Case(
            entry: "*", opens: ["session:a.b", "system:a.b/i.j.M"],
            closed: [
                "system:org.freedesktop.systemd1", "session:org.freedesktop.Flatpak",
                "session:org.gnome.Terminal", "session:org.kde.konsole-42",
                "system:org.freedesktop.DBus",
            ]),
        Case(
            entry: "org.freedesktop.*", opens: ["session:org.freedesktop.Notifications"],
            closed: ["session:org.freedesktop.systemd1", "session:org.freedesktop.DBus"]),
        Case(
            entry: "org.freedesktop.systemd1", opens: ["session:org.freedesktop.systemd1/i.j.M"],
            closed: ["session:org.freedesktop.login1"]),
        Case(entry: "org.freedesktop.DBus", opens: [], closed: ["session:org.freedesktop.DBus"]),
        Case(
            entry: "org.example.A/i.j.M", opens: ["session:org.example.A/i.j.M"],
            closed: [
                "session:org.example.A", "session:org.example.A/i.j.N",
                "session:org.example.A/i.k.M",
            ]),
        Case(
            entry: "system:org.example.A/i.j.*", opens: ["system:org.example.A/i.j.M"],
            closed: [
                "system:org.example.A", "system:org.example.A/i.j.k.M",
                "session:org.example.A/i.j.M",
            ]),
    ]

    @Test(arguments: cases)
    func `an entry opens what it names`(one: Case) throws {
        let place = try #require(BusPlace(one.entry))
        func isOpen(_ text: String) throws -> Bool {
            let wanted = try #require(BusPlace(text))
            guard case .name(let name) = wanted.name else { return false }
            return place.opens(
                try #require(wanted.bus), name, wanted.interface, wanted.member)
        }
        for text in one.opens { #expect(try isOpen(text), "\(text)") }
        for text in one.closed { #expect(try !isOpen(text), "\(text)") }
    }

    @Test(arguments: [
        "", "name", "a.b c", "user:a.b", "session:", "a.*b", "*.a", "a.b/", "a.b/M", "a.b/i.j.",
        "a.b/i.j.1", "a.b/*", "a.b/i.j.M/x", ":1.2", "a..*", "session:system:a.b", "a.b'",
    ])
    func `what is no entry opens nothing`(entry: String) {
        #expect(BusPlace(entry) == nil)
    }

    @Test func `an entry covers what is narrower`() {
        func covers(_ own: String, _ wanted: String) -> Bool {
            PermissionKind.dbus.covers(own, wanted)
        }
        for (own, wanted) in [
            ("a.b", "session:a.b"), ("a.b", "a.b/i.j.M"), ("a.b/i.j.*", "a.b/i.j.M"), ("*", "a.*"),
            ("*", "system:a.b"), ("a.*", "a.b.*"), ("session:a.*", "session:a.b/i.j.M"), ("*", "*"),
            ("org.freedesktop.systemd1", "system:org.freedesktop.systemd1"), ("odd one", "odd one"),
        ] {
            #expect(covers(own, wanted), "\(own) \(wanted)")
        }
        for (own, wanted) in [
            ("session:a.b", "a.b"), ("session:a.b", "system:a.b"), ("a.b/i.j.M", "a.b"),
            ("a.b/i.j.M", "a.b/i.j.*"), ("a.*", "*"), ("a.b", "a.*"), ("a.b.*", "a.*"),
            ("*", "org.freedesktop.systemd1"), ("org.*", "org.freedesktop.DBus"), ("*", "odd one"),
            ("session:*", "*"),
        ] {
            #expect(!covers(own, wanted), "\(own) \(wanted)")
        }
    }
}
