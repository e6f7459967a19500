import Desktop
import DesktopTesting
import Glibc
import Testing

@testable import SystemControlLogic

struct BrightnessTests {
    private let folder = TemporaryFolder()

    private func brightness(bus: String? = nil) -> Brightness {
        Brightness(
            folder: "\(folder.path)/backlight",
            busAddress: bus ?? "unix:path=\(folder.path)/none")
    }

    @discardableResult
    private func add(
        _ name: String = "intel_backlight", value: Int = 600, max: Int = 1200, type: String = "raw"
    ) -> String {
        folder.write("\(max)\n", to: "backlight/\(name)/max_brightness")
        folder.write("\(type)\n", to: "backlight/\(name)/type")
        return folder.write("\(value)\n", to: "backlight/\(name)/brightness")
    }

    @Test func `the screen that firmware drives goes before`() throws {
        add("amdgpu_bl0")
        add("acpi_video0", value: 3, max: 10, type: "firmware")
        let screens = try brightness().screens()
        #expect(screens.map(\.name) == ["acpi_video0", "amdgpu_bl0"])
        #expect(screens.map(\.percent) == [30, 50])
        #expect(screens.map(\.isDefault) == [true, false])
    }

    @Test func `a machine without such a screen says so`() {
        let error = #expect(throws: DesktopError.self) { try brightness().screens() }
        #expect(error?.kind == .notFound)
        #expect(error?.description.contains("no screen whose brightness can be set") == true)
    }

    @Test(arguments: [
        ("40", 1, 480), ("100", 1, 1200), ("0", 1, 12), ("0", 0, 0), ("+10", 1, 720),
        ("-10", 1, 480), ("-90", 1, 12), ("-90", 0, 0), ("+90", 1, 1200), ("+0", 1, 600),
    ])
    func `the file gets the value`(text: String, lowest: Int, expected: Int) throws {
        let file = add()
        let screen = try brightness().set(Level(text), of: nil, lowestPercent: lowest)
        #expect(ChildProcess.text(of: file) == "\(expected)\n")
        #expect(screen.percent == expected / 12)
    }

    @Test func `a small change moves a screen of few steps`() throws {
        let file = add(value: 3, max: 7)
        _ = try brightness().set(.change(5), of: nil, lowestPercent: 1)
        #expect(ChildProcess.text(of: file) == "4\n")
    }

    @Test func `an unknown screen and too bright a wish are refused`() throws {
        add()
        let unknown = #expect(throws: DesktopError.self) {
            try brightness().set(.percent(40), of: "other", lowestPercent: 1)
        }
        #expect(unknown?.description == "there is no screen \"other\": there is intel_backlight")
        let bright = #expect(throws: DesktopError.self) {
            try brightness().set(.percent(101), of: nil, lowestPercent: 1)
        }
        #expect(bright?.kind == .invalid)
    }

    @Test(.enabled(if: geteuid() != 0, "root may write every file"))
    func `a file that may not be written names both refusals`() {
        let file = add()
        chmod(file, 0o444)
        let error = #expect(throws: DesktopError.self) {
            try brightness().set(.percent(40), of: nil, lowestPercent: 1)
        }
        #expect(error?.kind == .denied)
        #expect(error?.description.contains("the system bus cannot be reached") == true)
        #expect(error?.description.contains("Permission denied") == true)
    }

    @Test(.enabled(if: PrivateBus.isPossible))
    func `logind sets it, and the screen is read again`() throws {
        let file = add()
        let bus = PrivateBus()
        let manager = Bus.Target("org.freedesktop.login1", "/org/freedesktop/login1", "")
        let double = bus.double(template: "logind", service: manager.service)
        // A screen that does not do quite what it is told: the answer must be the real value.
        let code = "open('\(file)', 'w').write('%d' % (args[2] - 120))"
        let method: BusValue = .structure([
            .string("SetBrightness"), .string("ssu"), .string(""), .string(code),
        ])
        let session = Bus.Target(manager.service, "\(manager.path)/session/auto", "")
        _ = try bus.mock(
            manager, "AddObject",
            [
                .path(session.path), .string("org.freedesktop.login1.Session"), .options([]),
                .array("(ssss)", [method]),
            ])
        let screen = try brightness(bus: bus.address).set(.percent(60), of: nil, lowestPercent: 1)
        #expect(screen.percent == 50)
        let calls = try bus.calls(of: "SetBrightness", session)
        #expect(calls == [[.string("backlight"), .string("intel_backlight"), .uint32(720)]])
        withExtendedLifetime(double) {}
    }
}
