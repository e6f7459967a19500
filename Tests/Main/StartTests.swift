import KernelSystem
import KernelTesting
import Testing

/// How a kernel starts, or says why it cannot.
struct StartTests {
    private let home: KernelHome

    init() throws {
        home = try KernelHome()
    }

    private static let script = "modes.thread one\n# a comment\n\nmodes.process two\n"

    @Test func `a script may come through a pipe or from a file`() throws {
        try home.install("modes")
        let file = home.folder.file("script")
        try Files.replace(file, with: Array(Self.script.utf8))
        for input in [KernelHome.Input.text(Self.script), .file(file)] {
            let ended = try home.run(["--dev"], input: input)
            #expect(ended.status == .exited(code: 0))
            #expect(ended.errors == "")
            let bytes = ended.output.split(separator: "\n").filter { $0.hasPrefix("00000000") }
            #expect(bytes.map { $0.suffix(3) } == ["one", "two"])
        }
    }

    @Test func `no input at all is no reason to fail`() throws {
        for input in [KernelHome.Input.file("/dev/null"), .closed, .text("")] {
            let ended = try home.run(["--dev"], input: input)
            #expect(ended.status == .exited(code: 0))
            #expect(ended.output == "" && ended.errors == "")
        }
    }

    @Test(arguments: [
        ("fs.list path=.\nfs.read path=gone\n", 1), ("/frob\nfs.list path=.\n", 2),
        ("fs.read path=gone\nfs.raed\n", 2), ("/quit\n/frob\n", 0),
    ])
    func `a script's exit status is that of its worst line`(script: String, status: Int32) throws {
        let ended = try home.run(["--dev"], input: .text(script))
        #expect(ended.status == .exited(code: status), "\(ended.errors)")
    }

    @Test func `a module that is switched off fails its line, which was understood`() throws {
        try home.configure("[modules.fs]\nenabled = false\n")
        let ended = try home.run(["--dev"], input: .text("fs.list path=.\n"))
        #expect(ended.status == .exited(code: 1), "\(ended.errors)")
        #expect(ended.errors.contains("not in service (off)"))
        #expect(try home.run(["run", "fs.list"]).status == .exited(code: 6))
    }

    @Test func `a killed kernel leaves nothing that stops the next`() throws {
        let first = try home.start(["--dev"])
        try first.type("/tasks\n")
        try first.wait(output: "No call is running")
        first.signal(SignalNumber.kill)
        #expect(try first.waitForEnd().status == .killed(signal: SignalNumber.kill))
        #expect(try home.run(["--dev"], input: .text("fs.list path=.\n")).errors == "")
    }

    @Test func `a kernel that is asked to end does so`() throws {
        try home.installTrusted("modes")
        let kernel = try home.start(["--dev"])
        try kernel.type("/tasks\nmodes.main deaf\n")
        try kernel.wait(errors: "has kept the main loop busy")
        kernel.signal(SignalNumber.terminate)
        guard case .exited = try kernel.waitForEnd().status else {
            Issue.record("it had to be killed")
            return
        }
    }

    @Test(arguments: [
        ("XDG_STATE_HOME", "/proc/1", "set XDG_STATE_HOME to"),
        ("XDG_RUNTIME_DIR", "/nonexistent", "set XDG_RUNTIME_DIR to"),
        ("KERNEL_CONFIG", "/nonexistent", "/nonexistent"),
    ])
    func `a folder that cannot be had is named, and what to do`(
        variable: String, value: String, words: String
    ) throws {
        for command in [["--dev"], ["modules"]] {
            let ended = try home.run(command, variables: [variable: value])
            #expect(ended.status == .exited(code: 1))
            #expect(ended.errors.hasPrefix("kernel: "))
            #expect(ended.errors.contains(value) && ended.errors.contains(words))
            #expect(ended.errors.split(separator: "\n").count == 1)
        }
    }

    @Test(arguments: ["--dev", "serve", "modules"], ["1", nil])
    func `too low a limit of open files is told with what to do`(
        command: String, noParent: String?
    ) throws {
        let kernel = try Program.built("kernel")
        for limit in [40, 100] {
            let ended = try home.start(
                program: "/bin/sh", ["-c", "ulimit -n \(limit); exec \(kernel) \(command)"],
                variables: ["KERNEL_NO_PARENT": noParent], input: .text("fs.list path=.\n")
            ).waitForEnd()
            #expect(ended.status == .exited(code: 1))
            let lines = ended.errors.split(separator: "\n")
            #expect(lines.count == 1, "\(ended.errors)")
            #expect(ended.errors.contains("only \(limit) files") && ended.errors.contains("ulimit"))
        }
        // A limit that may be raised is none.
        let ended = try home.start(
            program: "/bin/sh", ["-c", "ulimit -Sn 40; exec \(kernel) --dev"],
            variables: ["KERNEL_NO_PARENT": noParent], input: .text("fs.list path=.\n")
        ).waitForEnd()
        #expect(ended.status == .exited(code: 0), "\(ended.errors)")
    }

    @Test func `folders that others may look into are refused`() throws {
        try Files.makeDirectories(home.folder.file("run/kernel"))
        try Shell.run("chmod 755 \(home.folder.file("run/kernel"))")
        let ended = try home.run(["modules"])
        #expect(ended.status == .exited(code: 1))
        #expect(ended.errors.contains("chmod 700"))
    }

    @Test func `without a home the system is asked for it`() throws {
        let ended = try home.run(
            ["config", "path"], variables: ["HOME": nil, "XDG_RUNTIME_DIR": nil])
        #expect(ended.status == .exited(code: 0))
        #expect(ended.output.hasPrefix("/"))
    }

    @Test(arguments: [
        ("[kernel]\ncall_thread_max = 3\n", ":2:1: [kernel] call_thread_max"),
        ("[kernel\n", ":1:8: "), ("[kernel]\nworkers_max = \"many\"\n", ":2:"),
    ])
    func `a wrong configuration is refused with its place`(text: String, words: String) throws {
        try home.configure(text)
        for command in [["--dev"], ["modules"], ["config", "show"], ["config", "check"]] {
            let ended = try home.run(command)
            #expect(ended.status == .exited(code: 1))
            #expect((ended.errors + ended.output).contains("\(home.configuration)\(words)"))
        }
    }

    @Test(arguments: [
        ("rots = [\"/tmp\"]", 1, "did you mean \"roots\"?"), ("roots = 5", 1, "roots"),
        ("[modules.fs.tasks.raed]\nmode = \"process\"", 0, "Did you mean \"read\"?"),
    ])
    func `what a module takes is known before any kernel has run`(
        text: String, status: Int32, words: String
    ) throws {
        try home.configure("[modules.fs]\n\(text)\n")
        let ended = try home.run(["config", "check"])
        #expect(ended.status == .exited(code: status), "\(ended.output)")
        #expect(ended.output.contains(words), "\(ended.output)")
        #expect(!ended.output.contains("no such module"), "\(ended.output)")
    }

    @Test func `what the configuration names and is not there is told wherever one looks`() throws {
        let gone = [home.folder.file("gone/libNotes.so"), home.folder.file("gone/modules")]
        try home.configure(
            "[dev]\nmodules = [\"\(gone[0])\"]\n[kernel]\nmodules = [\"\(gone[1])\"]\n")
        let script = try home.run(["--dev"], input: .text("fs.list path=.\n"))
        #expect(script.status == .exited(code: 0))
        let listed = try home.run(["--dev", "modules"]).output
        let checked = try home.run(["config", "check"])
        #expect(checked.status == .exited(code: 0))
        for (path, line) in zip(gone, [2, 4]) {
            #expect(script.errors.contains("\(path), which does not exist"), "\(script.errors)")
            #expect(listed.contains("\(path), which does not exist"), "\(listed)")
            #expect(
                checked.output.contains("warning: \(home.configuration):\(line):"),
                "\(checked.output)")
            #expect(checked.output.contains("\(path) does not exist"), "\(checked.output)")
        }
        // Those of [dev] count only there.
        #expect(try !home.run(["modules"]).output.contains(gone[0]))
    }

    @Test func `the file of --config must be there`() throws {
        let ended = try home.run(["--config", "gone.toml", "modules"])
        #expect(ended.status == .exited(code: 1))
        #expect(ended.errors.contains("\(home.folder.path)/gone.toml"))
        #expect(try home.run(["config", "check"]).output.contains("does not exist; the defaults"))
    }

    /// Any number that no account has: nothing may depend on one.
    private static let user: UInt32 = 54_321
    private static let canBeAnother =
        ProcessFacts.user == 0
        && Shell.succeeds(
            "setpriv --reuid \(user) --regid \(user) --clear-groups "
                + "test -x \((try? Program.built("kernel")) ?? "/nonexistent")")

    @Test(.enabled(if: canBeAnother))
    func `an ordinary user has all that root has`() throws {
        let home = try KernelHome(user: Self.user)
        let sockets = "/tmp/kernel-\(Self.user)"
        defer { try? Files.removeTree(sockets) }
        try home.install("modes")
        let script = "modes.process x\nfs.write path=note text=hello\nfs.read note\nfs.undo\n"
        let ended = try home.run(
            ["--dev"], variables: ["XDG_RUNTIME_DIR": nil], input: .text(script))
        #expect(ended.status == .exited(code: 0), "\(ended.errors)")
        #expect(ended.errors == "")
        #expect(ended.output.contains("\nhello\n"))
        #expect(try Files.status(sockets).permissions == 0o700)
    }
}
