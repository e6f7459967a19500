import Desktop
import DesktopTesting
import Testing

@testable import AppsLogic

@Suite(.enabled(if: PrivateBus.isPossible))
struct SessionTests {
    private let recorder = Recorder()
    private let bus = PrivateBus()
    private let manager = Bus.Target(
        "org.freedesktop.systemd1", "/org/freedesktop/systemd1",
        "org.freedesktop.systemd1.Manager")

    private func environment(_ more: [String: String] = [:]) -> Environment {
        let own = ["DBUS_SESSION_BUS_ADDRESS": bus.address]
        return recorder.desktop.environment(own.merging(more) { $1 })
    }

    private func launch(_ environment: Environment, _ id: String) throws -> Launcher.Result {
        let application = try Catalog(environment).application(named: id)
        return try Launcher(environment).launch(application, with: [.file(path: "/tmp/a b")])
    }

    @Test func `an application on the bus is asked there`() throws {
        let target = Bus.Target(
            "org.example.My-App", "/org/example/My_App", "org.freedesktop.Application")
        let double = bus.double(target)
        for (name, signature) in [("Open", "asa{sv}"), ("Activate", "a{sv}")] {
            _ = try bus.mock(
                target, "AddMethod",
                [.string(""), .string(name), .string(signature), .string(""), .string("")])
        }
        recorder.add("org.example.My-App.desktop", "DBusActivatable=true\nExec=recorder %U")
        let result = try launch(environment(["DISPLAY": ""]), "org.example.My-App")
        #expect(result.way == .bus)
        let calls = try bus.calls(of: "Open", target)
        #expect(calls == [[.strings(["file:///tmp/a%20b"]), .options([])]])
        withExtendedLifetime(double) {}
    }

    @Test func `an application that the bus does not know is started by its command`() throws {
        recorder.add("org.example.App.desktop", "DBusActivatable=true\nExec=recorder %U\nPath=/")
        let result = try launch(environment(), "org.example.App")
        #expect(result.way == .program)
        #expect(recorder.record(of: result.processes[0])?.arguments == ["file:///tmp/a%20b"])
    }

    @Test func `without a command there is no other way`() {
        recorder.add("org.example.App.desktop", "DBusActivatable=true")
        let error = #expect(throws: DesktopError.self) {
            try launch(environment(), "org.example.App")
        }
        #expect(error?.description.contains("only be started over D-Bus") == true)
    }

    @Test func `a daemon that knows no screen asks the session for it`() throws {
        let double = bus.double(manager)
        _ = try bus.mock(
            manager, "AddProperty",
            [
                .string(manager.interface), .string("Environment"),
                .variant(.strings(["WAYLAND_DISPLAY=wayland-7", "SECRET=1", "odd"])),
            ])
        let found = environment(["DISPLAY": ""]).completedFromSession
        #expect(found["WAYLAND_DISPLAY"] == "wayland-7")
        #expect(found["SECRET"] == nil)
        #expect(environment().completedFromSession["WAYLAND_DISPLAY"] == nil)
        withExtendedLifetime(double) {}
    }

    @Test func `the systemd of the user is asked for a scope before the program runs`() throws {
        let double = bus.double(manager)
        let code = "open('\(recorder.desktop.folder.path)/order', 'a').write('scope\\n')"
        _ = try bus.mock(
            manager, "AddMethod",
            [
                .string(""), .string("StartTransientUnit"), .string("ssa(sv)a(sa(sv))"),
                .string("o"), .string("\(code); ret = dbus.ObjectPath('/job/1')"),
            ])
        recorder.desktop.folder.write(
            "#!/bin/sh\n/bin/echo program >>\"\(recorder.desktop.folder.path)/order\"\n",
            to: "bin/ordered", mode: 0o755)
        recorder.add("ordered.desktop", "Exec=ordered\nPath=/")
        let result = try launch(environment(), "ordered.desktop")
        let file = "\(recorder.desktop.folder.path)/order"
        #expect(eventually { ChildProcess.text(of: file) == "scope\nprogram\n" })
        let arguments = try #require(bus.calls(of: "StartTransientUnit", manager).first)
        #expect(arguments[0].text == "app-kernel-ordered-\(result.processes[0]).scope")
        let processes = arguments[2].elements?.last?.elements?.last?.unwrapped
        #expect(processes == .array("u", [.uint32(UInt32(result.processes[0]))]))
        withExtendedLifetime(double) {}
    }

    @Test(arguments: [
        ("org.kde.kate.desktop", "org.kde.kate"), ("a-b c", "a\\x2db\\x20c"), ("ü", "\\xc3\\xbc"),
    ])
    func `a name is escaped as systemd wants it`(id: String, expected: String) {
        #expect(UserManager.escaped(id) == expected)
    }
}
