import DesktopTesting

@testable import SystemControlLogic

/// A PulseAudio of its own, that plays into nothing.
final class PrivateSoundServer: Sendable {
    static let isPossible = installed("/usr/bin/pulseaudio", "/usr/bin/pactl")

    let sound: Sound
    private let folder = TemporaryFolder()
    private let server: ChildProcess
    private let environment: [String: String]

    init() {
        let socket = "\(folder.path)/native"
        let cookie = "\(folder.path)/cookie"
        environment = [
            "HOME": folder.path, "XDG_RUNTIME_DIR": folder.path, "PATH": "/usr/bin:/bin",
            "PULSE_SERVER": "unix:\(socket)", "PULSE_COOKIE": cookie, "LC_ALL": "C",
        ]
        server = ChildProcess(
            [
                "/usr/bin/pulseaudio", "-n", "--daemonize=no", "--exit-idle-time=-1",
                "--use-pid-file=no", "--disable-shm=yes",
                "-L", "module-native-protocol-unix socket=\(socket) auth-cookie=\(cookie)",
                "-L",
                "module-null-sink sink_name=test_sink "
                    + "sink_properties=device.description=Loudspeakers",
                "-L",
                "module-null-sink sink_name=other_sink "
                    + "sink_properties=device.description=Headphones",
                "-L",
                "module-virtual-source source_name=test_source master=test_sink.monitor",
            ], environment: environment, output: "\(folder.path)/server.log")
        sound = Sound(address: SoundAddress(server: "unix:\(socket)", cookie: cookie))
        let isUp = eventually { control("info").contains("Default Sink: test_sink") }
        let log = ChildProcess.text(of: "\(folder.path)/server.log")
        precondition(isUp, "the private sound server did not come up: \(log)")
        control("set-default-source", "test_source")
    }

    @discardableResult
    func control(_ words: String...) -> String {
        ChildProcess.output(of: ["/usr/bin/pactl"] + words, environment: environment)
    }
}
