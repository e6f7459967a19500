import Desktop
import DesktopTesting
import Testing

@testable import SystemControlLogic

@Suite(.enabled(if: PrivateSoundServer.isPossible))
struct SoundTests {
    @Test func `outputs and inputs are listed, without what only listens to an output`() throws {
        let server = PrivateSoundServer()
        let report = try server.sound.report()
        #expect(report.outputs.map(\.name) == ["test_sink", "other_sink"])
        #expect(report.outputs.map(\.isDefault) == [true, false])
        #expect(report.outputs[0].description == "Loudspeakers")
        #expect(report.inputs.map(\.name) == ["test_source"])
    }

    @Test(arguments: [
        ("37", false, 37), ("130", false, 100), ("130", true, 130), ("+20", false, 70),
        ("-20", false, 30), ("0", false, 0), ("400", true, 150),
    ])
    func `the server has the volume that was set`(
        text: String, boost: Bool, expected: Int
    ) throws {
        let server = PrivateSoundServer()
        server.control("set-sink-volume", "test_sink", "50%")
        let device = try server.sound.set(Level(text), .output, device: nil, boost: boost)
        #expect(device.percent == expected)
        #expect(server.control("get-sink-volume", "test_sink").contains(" \(expected)% "))
        #expect(server.control("get-sink-volume", "other_sink").contains(" 100% "))
    }

    @Test func `the balance stays`() throws {
        let server = PrivateSoundServer()
        server.control("set-sink-volume", "test_sink", "80%", "40%")
        let device = try server.sound.set(.percent(40), .output, device: nil, boost: false)
        #expect(device.percent == 40)
        let said = server.control("get-sink-volume", "test_sink")
        #expect(said.contains(" 40% "))
        #expect(said.contains(" 20% "))
    }

    @Test func `a device is found by its description, and an input is one too`() throws {
        let server = PrivateSoundServer()
        let sound = server.sound
        #expect(
            try sound.set(.percent(20), .output, device: "head", boost: false).name == "other_sink")
        #expect(
            try sound.set(.percent(30), .input, device: nil, boost: false).name == "test_source")
        #expect(server.control("get-sink-volume", "other_sink").contains(" 20% "))
        #expect(server.control("get-source-volume", "test_source").contains(" 30% "))
        let error = #expect(throws: DesktopError.self) {
            try sound.set(.percent(20), .output, device: "sink", boost: false)
        }
        #expect(error?.description.contains("names more than one output") == true)
    }

    @Test func `muting is switched on, off and over`() throws {
        let server = PrivateSoundServer()
        let steps: [(Sound.Muting, Bool)] = [
            (.on, true), (.on, true), (.off, false), (.toggle, true), (.toggle, false),
        ]
        for (muting, expected) in steps {
            #expect(try server.sound.mute(muting, .output, device: nil).muted == expected)
            let said = server.control("get-sink-mute", "test_sink")
            #expect(said == "Mute: \(expected ? "yes" : "no")\n")
        }
    }

    @Test func `where no server runs, the error says what to start`() {
        let folder = TemporaryFolder()
        let address = SoundAddress(
            server: "unix:\(folder.path)/none", cookie: "\(folder.path)/cookie")
        let error = #expect(throws: DesktopError.self) { try Sound(address: address).report() }
        #expect(error?.kind == .unavailable)
        #expect(error?.description.contains("start PipeWire") == true)
    }
}
