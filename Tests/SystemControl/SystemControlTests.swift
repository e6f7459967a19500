import DesktopTesting
import ModuleJSON
import ModuleKit
import ModuleKitTesting
import Testing

@testable import SystemControlLogic

/// The module as the kernel sees it. What sets something is tried on the parts below: here it would
/// reach the machine that runs the tests.
struct SystemControlTests {
    private let folder = TemporaryFolder()

    private func host() throws -> TestHost {
        try TestHost(SystemControl.self, configuration: ["sysfs": .string(folder.path)])
    }

    @Test func `it is not well where the kernel's devices are not`() throws {
        let host = try host()
        try host.checkHealth()
        try host.close()
        let other = try TestHost(SystemControl.self, configuration: ["sysfs": "/nowhere"])
        let problem = #expect(throws: (any Error).self) { try other.checkHealth() }
        #expect("\(problem.map { "\($0)" } ?? "")".contains("/nowhere"))
        try other.close()
    }

    @Test func `the battery is told as an object with a sentence`() async throws {
        folder.write("Battery\n", to: "class/power_supply/BAT0/type")
        folder.write("Full\n", to: "class/power_supply/BAT0/status")
        folder.write("100\n", to: "class/power_supply/BAT0/capacity")
        let host = try host()
        let outcome = try await host.call("battery")
        #expect(outcome.json?["summary"] == "Battery at 100 %, full.")
        let battery: JSON = [
            "name": "BAT0", "percent": 100, "state": "full",
        ]
        #expect(outcome.json?["batteries"] == [battery])
        try host.close()
    }

    @Test func `brightness is told, and its absence is an error of its own kind`() async throws {
        let host = try host()
        let none = try await host.call("brightness")
        #expect(none.status == .notFound)
        folder.write("30\n", to: "class/backlight/panel/brightness")
        folder.write("120\n", to: "class/backlight/panel/max_brightness")
        let outcome = try await host.call("brightness")
        let screen: JSON = ["name": "panel", "percent": 25, "isDefault": true]
        #expect(outcome.json == ["screens": [screen]])
        try host.close()
    }

    private static let mistakes: [(String, JSON, String)] = [
        ("set_brightness", ["level": "loud"], "\"loud\" is no level"),
        ("set_brightness", ["level": "50", "screen": "none"], "no screen"),
        ("set_brightness", [:], "level"), ("set_volume", ["level": "1.5"], "is no level"),
        ("set_volume", ["level": "5", "direction": "up"], "direction"),
        ("mute", ["state": "maybe"], "state"),
    ]

    @Test(arguments: mistakes)
    func `wrong arguments are named`(task: String, arguments: JSON, said: String) async throws {
        let host = try host()
        let outcome = try await host.call(task, arguments)
        #expect(outcome.status == .invalid || outcome.status == .notFound)
        #expect(outcome.message.contains(said))
        try host.close()
    }

    @Test func `reading is no risk, setting is one, and all run on a thread`() throws {
        let host = try host()
        let tasks = host.manifest["tasks"]?.array ?? []
        let risks = tasks.map { [$0["name"], $0["risk"], $0["mode"]] }
        let expected: [[JSON?]] = [
            ["battery", "read", "thread"], ["brightness", "read", "thread"],
            ["set_brightness", "write", "thread"], ["volume", "read", "thread"],
            ["set_volume", "write", "thread"], ["mute", "write", "thread"],
        ]
        #expect(risks == expected)
        try host.close()
    }
}
