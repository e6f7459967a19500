import Desktop
import DesktopTesting
import Glibc
import Testing

@testable import AppsLogic

struct LauncherTests {
    private let recorder = Recorder()
    private var desktop: DesktopFolder { recorder.desktop }

    private func launch(
        _ variables: [String: String] = [:], action: String? = nil,
        with references: [Reference] = []
    ) throws -> Launcher.Result {
        let environment = desktop.environment(variables)
        let application = try Catalog(environment).application(named: "recorder")
        return try Launcher(environment).launch(application, action: action, with: references)
    }

    private func launched(
        _ variables: [String: String] = [:], action: String? = nil,
        with references: [Reference] = []
    ) throws -> Recorder.Record {
        let result = try launch(variables, action: action, with: references)
        let process = try #require(result.processes.first)
        return try #require(recorder.record(of: process))
    }

    @Test func `an application gets nothing of this process`() throws {
        recorder.add()
        _ = desktop.folder.makeFolder("home")
        // Not closed by exec, as a library that is not careful would open them.
        let secret = desktop.folder.write("secret", to: "secret")
        let leaks = [open(secret, O_RDONLY), open(secret, O_RDWR), dup(1)]
        defer { leaks.forEach { close($0) } }
        signal(SIGUSR2, SIG_IGN)
        defer { signal(SIGUSR2, SIG_DFL) }
        let record = try launched()
        #expect(record.descriptors == ["/dev/null", "/dev/null", "/dev/null"])
        #expect(record.status["SigBlk"] == "0000000000000000")
        // Signals 32 and 33 are glibc's own, and no program can change them.
        let ignored = try #require(UInt64(record.status["SigIgn"] ?? "", radix: 16))
        #expect(ignored & ~(0b11 << 31) == 0)
        #expect(record.folder == "\(desktop.folder.path)/home")
        #expect(record.environment["PWD"] == record.folder)
        #expect(record.arguments == [])
    }

    @Test func `an application is on its own`() throws {
        recorder.add("recorder.desktop", "Exec=recorder %U\nPath=\(desktop.folder.path)")
        let record = try launched()
        #expect(record.session != getsid(0))
        // Not its session's leader: it can never come by a controlling terminal.
        #expect(record.session != record.process)
        #expect(record.terminal == 0)
        #expect(record.parent != getpid())
        var status: Int32 = 0
        #expect(waitpid(record.process, &status, WNOHANG) == -1)
        #expect(errno == ECHILD)
        #expect(record.folder == desktop.folder.path)
    }

    @Test(arguments: ["", "Path=relative"])
    func `without a home the folder is the root`(line: String) throws {
        recorder.add("recorder.desktop", "Exec=recorder\n\(line)")
        #expect(try launched().folder == "/")
    }

    /// The ends of pipes that this process holds. Other descriptors come and go with its threads.
    private static func pipes() -> [String] {
        SmallFile.names(in: "/proc/self/fd").filter { name in
            destination(ofLink: "/proc/self/fd/\(name)").hasPrefix("pipe:")
        }
    }

    @Test func `many launches at once leave no descriptor and no child behind`() async {
        await #expect(processExitsWith: .success) {
            let before = LauncherTests.pipes()
            await withTaskGroup(of: Void.self) { group in
                for _ in 0..<200 {
                    group.addTask {
                        let launch = Launch(
                            program: "/bin/true", arguments: ["true"], environment: [:],
                            folder: "/")
                        do { _ = try launch.start() } catch { fatalError("\(error)") }
                    }
                }
            }
            let after = LauncherTests.pipes()
            precondition(before == after, "\(before) became \(after)")
            precondition(waitpid(-1, nil, WNOHANG) == -1 && errno == ECHILD, "a child was left")
        }
    }

    @Test func `secrets and what is the kernel's stay here, the session's goes along`() throws {
        recorder.add("recorder.desktop", "Exec=recorder\nPath=/")
        let kept = [
            "DISPLAY": ":77", "WAYLAND_DISPLAY": "wayland-1", "XAUTHORITY": "/x", "LANG": "de_DE",
            "DBUS_SESSION_BUS_ADDRESS": "unix:path=/nowhere/bus", "SSH_AUTH_SOCK": "/y",
            "XKB_DEFAULT_LAYOUT": "de", "MONKEY": "1",
        ]
        let removed = [
            "KERNEL_STATE", "OPENAI_API_KEY", "GITHUB_TOKEN", "DB_PASSWORD",
            "aws_secret_access_key",
            "NOTIFY_SOCKET", "LISTEN_FDS", "INVOCATION_ID", "SWIFT_BACKTRACE", "API_KEY_FILE",
        ]
        let variables = kept.merging(removed.map { ($0, "hidden") }) { $1 }
        let record = try launched(variables)
        for (name, value) in kept { #expect(record.environment[name] == value) }
        for name in removed { #expect(record.environment[name] == nil) }
    }

    @Test func `files are handed over, and actions have their own command`() throws {
        recorder.add(
            "recorder.desktop",
            "Exec=recorder %U\nPath=/\nActions=private;\n\n"
                + "[Desktop Action private]\nName=Private Window\nExec=recorder --private %c")
        let references: [Reference] = [.file(path: "/tmp/a b"), .address("https://x.org/")]
        #expect(
            try launched(with: references).arguments == ["file:///tmp/a%20b", "https://x.org/"])
        #expect(try launched(action: "private window").arguments == ["--private", "Recorder"])
        let error = #expect(throws: DesktopError.self) { try launch(action: "public") }
        #expect(error?.description == "Recorder has no action \"public\": it has private")
    }

    @Test func `a program for one file is started for each`() throws {
        recorder.add("recorder.desktop", "Exec=recorder %f\nPath=/")
        let result = try launch(with: [.file(path: "/a"), .file(path: "/b")])
        #expect(result.processes.count == 2)
        let records = result.processes.map { recorder.record(of: $0)?.arguments }
        #expect(records == [["/a"], ["/b"]])
    }

    @Test(arguments: [
        ("Exec=no-such-program", "there is no program no-such-program"),
        ("Exec=recorder\nPath=/nowhere", "its folder /nowhere: No such file or directory"),
        ("Exec=broken\nPath=/", "Exec format error"),
        ("Exec=recorder %z", "unknown field code %z"),
    ])
    func `what cannot start says why`(lines: String, reason: String) {
        desktop.folder.write([0x7f, 0x45, 0x4c, 0x46, 1, 2, 3], to: "bin/broken", mode: 0o755)
        recorder.add("recorder.desktop", lines)
        let error = #expect(throws: DesktopError.self) { try launch() }
        #expect(error?.description.contains("could not start") == true)
        #expect(error?.description.contains(reason) == true)
    }

    @Test func `without a screen nothing is started`() {
        recorder.add()
        let error = #expect(throws: DesktopError.self) { try launch(["DISPLAY": ""]) }
        #expect(error?.kind == .unavailable)
        #expect(error?.description.contains("neither DISPLAY nor WAYLAND_DISPLAY") == true)
    }

    @Test(arguments: [
        ([:], "x-terminal-emulator", ["-e", "recorder", "--in-terminal"]),
        (["TERMINAL": "gnome-terminal"], "gnome-terminal", ["--", "recorder", "--in-terminal"]),
        (["TERMINAL": "gone"], "x-terminal-emulator", ["-e", "recorder", "--in-terminal"]),
    ])
    func `a program for the terminal is started in one`(
        variables: [String: String], terminal: String, expected: [String]
    ) throws {
        let script = ChildProcess.text(of: "\(desktop.folder.path)/bin/recorder")
        desktop.folder.write(script, to: "bin/\(terminal)", mode: 0o755)
        recorder.add("recorder.desktop", "Exec=recorder --in-terminal\nTerminal=true\nPath=/")
        let own = ["PATH": "\(desktop.folder.path)/bin"].merging(variables) { $1 }
        let result = try launch(own)
        #expect(result.way == .terminal)
        #expect(recorder.record(of: result.processes[0])?.arguments == expected)
    }

    @Test func `a program for the terminal needs one`() {
        recorder.add("recorder.desktop", "Exec=recorder\nTerminal=true")
        let path = "\(desktop.folder.path)/bin"
        let error = #expect(throws: DesktopError.self) { try launch(["PATH": path]) }
        #expect(error?.description.contains("name yours in TERMINAL") == true)
    }
}
