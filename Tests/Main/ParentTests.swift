import Glibc
import KernelSystem
import KernelTesting
import ModuleJSON
import Testing

/// The process that starts the kernel, and what it does when that is gone.
@Suite(.timeLimit(.minutes(LongForm.isWanted ? 15 : 5)))
struct ParentTests {
    private let home: KernelHome

    init() throws {
        home = try KernelHome()
    }

    private static let kills = LongForm.isWanted ? 200 : 10
    /// Of kernels that live so briefly, more in a row are started later and later.
    private static let killsInARow = 9
    private static let briefNanoseconds: UInt64 = 3_000_000_000
    private static let reportsKept = 20

    @Test func `a kernel that is killed comes back, as often as that happens`() throws {
        try home.installTrusted("crashes")
        let live = try LiveTerminal(home)
        for count in 1...Self.kills {
            try live.waitForPrompt(count)
            let begin = SystemClock.monotonicNanoseconds
            if count % Self.killsInARow == 0 {
                try waitFor("a kernel that is of use") {
                    SystemClock.monotonicNanoseconds - begin > Self.briefNanoseconds
                }
            }
            if count % 2 == 0 {
                try live.type("crashes.thread wait")
                // Any moment will do, and another one each time.
                let due = SystemClock.monotonicNanoseconds + UInt64(count) * 300_000
                _ = Condition(0).wait(untilNanoseconds: due) { _ in nil as Bool? }
            }
            try live.killKernel()
        }
        try live.waitForPrompt(Self.kills + 1)
        let report = try live.report()
        #expect(report["failure"]?.string == "killed")
        #expect(report["blamed"] == nil || report["blamed"] == .null)
        let screen = try live.wait { $0.last == ">" }
        #expect(!screen.contains { $0.contains("safe mode") })
        let folder = Path.join(home.developmentState, "crashes")
        let reports = min(Self.kills, Self.reportsKept)
        #expect(try Files.names(in: folder).count { $0.hasSuffix(".json") } == reports)
        try live.type("/quit")
        #expect(try live.waitForEnd() == .exited(code: 0))
        #expect(!live.terminal.isRaw)
        #expect(try Files.names(in: home.folder.file("run/kernel-dev")) == ["kernel.sock.lock"])
    }

    @Test func `what ran when the kernel was killed is listed, and nobody is blamed`() throws {
        try home.installTrusted("crashes")
        let live = try LiveTerminal(home)
        try live.waitForPrompt()
        try live.type("crashes.thread wait")
        try live.waitForLine(with: "waiting")
        try live.killKernel()
        let report = try live.report()
        #expect(report["alsoRunning"]?.array?.first?["what"]?.string == "crashes.thread (call 1)")
        #expect(report["interrupted"]?.array?.first?["what"]?.string == "crashes.thread (call 1)")
        try live.waitForPrompt(2)
        try live.waitForLine(with: "interrupted: crashes.thread (call 1)")
    }

    @Test func `after three crashes the kernel comes back with the bundled modules only`() throws {
        for number in 1...3 {
            try home.install(
                "crashes", as: "crashes\(number)", defining: ["FIXTURE_ID=\"crash-\(number)\""])
        }
        let tables = (1...3).map { "[modules.crash-\($0)]\nisolation = \"kernel\"\n" }
        try home.configure(tables.joined())
        let live = try LiveTerminal(home)
        for number in 1...3 {
            try live.waitForPrompt(number)
            try live.type("crash-\(number).thread segv")
        }
        try live.waitForPrompt(4)
        try live.waitForLine(with: "safe mode: only the bundled modules are in service")
        try live.type("/modules")
        let screen = try live.wait { lines in
            let table = lines.lastIndex { $0.hasPrefix("module ") }.map { lines[$0...] } ?? []
            return lines.last == ">" && table.contains { $0.hasPrefix("fs ") }
        }
        let table = screen.lastIndex { $0.hasPrefix("module ") }.map { screen[$0...] } ?? []
        #expect(!table.contains { $0.hasPrefix("crash-") })
        try live.type("/quit")
        #expect(try live.waitForEnd() == .exited(code: 0))
    }

    @Test func `safe mode by hand says so`() throws {
        try home.install("modes")
        let ended = try home.run(["--safe-mode", "modules"])
        #expect(ended.output.contains("safe mode: only the bundled modules"))
        #expect(ended.output.contains("fs ") && !ended.output.contains("modes"))
    }

    @Test func `the bundled modules of an installed kernel live where they did, also in safe mode`()
        throws
    {
        let modules = home.folder.file("opt/lib/kernel/modules")
        let programs = home.folder.file("opt/bin")
        for folder in [modules, programs] { try Files.makeDirectories(folder) }
        let kernel = try Program.built("kernel")
        let library = try Program.library("libFilesystem.so")
        try Shell.run("cp \(kernel) \(programs); cp \(library) \(modules)")
        let zygote = try Program.built("kernel-zygote")
        try Shell.run("cp \(zygote) \(home.folder.file("opt/lib/kernel"))")
        for options in [[], ["--safe-mode"]] {
            let ended = try home.start(
                program: Path.join(programs, "kernel"), options + ["modules", "--json"],
                input: .file("/dev/null")
            ).waitForEnd()
            let fs = try JSON(parsing: ended.output).array?.first { $0["id"]?.string == "fs" }
            #expect(fs?["isolation"]?.string == "kernel", "\(ended.output) \(ended.errors)")
        }
    }

    @Test(arguments: [SIGTERM, SIGHUP])
    func `a parent that is told to end ends its kernel`(signal: Int32) throws {
        let live = try LiveTerminal(home)
        try live.waitForPrompt()
        let kernel = try live.kernel
        live.signal(signal)
        guard case .exited = try live.waitForEnd() else {
            Issue.record("it did not end by itself")
            return
        }
        #expect(!LiveTerminal.exists(kernel))
        #expect(!live.terminal.isRaw)
    }

    @Test func `a parent that is killed takes its kernel along`() throws {
        let live = try LiveTerminal(home)
        try live.waitForPrompt()
        let kernel = try live.kernel
        live.signal(SIGKILL)
        #expect(try live.waitForEnd() == .killed(signal: SIGKILL))
        try waitFor("the end of the kernel") { !LiveTerminal.exists(kernel) }
    }

    @Test func `a kernel runs without a parent, and says what that means`() throws {
        let asked = try LiveTerminal(home, variables: ["KERNEL_NO_PARENT": "1"])
        try asked.waitForPrompt()
        #expect(throws: LiveTerminal.NoKernel.self) { try asked.kernel }
        #expect(try !asked.wait { $0.last == ">" }.contains { $0.contains("no parent process") })
        try asked.type("/quit")
        #expect(try asked.waitForEnd() == .exited(code: 0))

        let folder = home.folder.file("bin")
        try Files.makeDirectories(folder)
        for name in ["kernel", "kernel-zygote"] {
            try Shell.run("cp \(try Program.built(name)) \(folder)/\(name)")
        }
        let alone = try LiveTerminal(home, program: Path.join(folder, "kernel"))
        try alone.waitForPrompt()
        try alone.waitForLine(with: "there is no parent process")
        try alone.type("/quit")
        #expect(try alone.waitForEnd() == .exited(code: 0))
    }

    @Test func `a second terminal attaches, and its clients wait while the kernel is dead`() throws
    {
        let live = try LiveTerminal(home)
        try live.waitForPrompt()
        let second = try LiveTerminal(home)
        try second.waitForPrompt()
        #expect(throws: LiveTerminal.NoKernel.self) { try second.kernel }
        try second.waitForLine(with: "attached: /quit leaves it running")
        try live.killKernel()
        // Whoever asks now is answered by the next one.
        let asked = try home.run(["--dev", "modules"])
        #expect(asked.status == .exited(code: 0), "\(asked.errors)")
        try second.waitForLine(with: "Connected again.")
        try second.waitForLine(with: "the kernel ended: it was ended by SIGKILL")
        try live.waitForPrompt(2)
        try second.type("/quit")
        #expect(try second.waitForEnd() == .exited(code: 0))
        try live.type("/tasks")
        try live.waitForLine(with: "No call is running")
    }

    @Test func `a kernel in service is back for its clients after it was killed`() throws {
        let kernel = try home.start(
            ["serve"], variables: ["KERNEL_NO_PARENT": nil], input: .file("/dev/null"))
        try kernel.wait(errors: "is ready: process ")
        for _ in 1...5 {
            let record = try Files.read(Path.join(home.state, "kernel.lock"), bytesMax: 4_096)
            let process = try #require(try JSON(parsing: record)["process"]?.integer)
            kill(pid_t(process), SIGKILL)
            #expect(try home.run(["modules", "--json"]).status == .exited(code: 0))
        }
        kernel.signal(SIGTERM)
        #expect(try kernel.waitForEnd().status == .exited(code: 0))
        #expect(!Files.exists(home.socket))
    }

    @Test func `a kernel whose program is away for a while is started once it is back`() throws {
        let folder = home.folder.file("bin")
        try Files.makeDirectories(folder)
        for name in ["kernel", "kernel-zygote", "kernel-parent"] {
            try Shell.run("cp \(try Program.built(name)) \(folder)/\(name)")
        }
        let program = Path.join(folder, "kernel")
        let parent = try home.start(
            program: program, ["serve"], variables: ["KERNEL_NO_PARENT": nil],
            input: .file("/dev/null"))
        try parent.wait(errors: "is ready: process ")
        let record = try Files.read(Path.join(home.state, "kernel.lock"), bytesMax: 4_096)
        let process = try #require(try JSON(parsing: record)["process"]?.integer)
        // As a linker does that writes it anew.
        try Files.rename(program, to: program + ".away")
        let before = parent.errors
        kill(pid_t(process), SIGKILL)
        try parent.wait(errors: "cannot start \(program): No such file", after: before)
        try parent.wait(errors: "it could not be started; it starts again in ", after: before)
        try Files.rename(program + ".away", to: program)
        #expect(try home.run(["modules", "--json"]).status == .exited(code: 0))
        parent.signal(SIGTERM)
        #expect(try parent.waitForEnd().status == .exited(code: 0))
        #expect(!Files.exists(home.socket))
    }

    @Test func `the socket of a parent that was killed is taken over`() throws {
        let socket = home.folder.file("run/kernel-dev/kernel.sock")
        try Files.makeDirectories(Path.directory(of: socket))
        close(try UnixSocket.listen(at: socket))
        #expect(throws: SystemError.self) { _ = try UnixSocket.connect(to: socket) }
        let live = try LiveTerminal(home)
        try live.waitForPrompt()
        _ = try UnixSocket.connect(to: socket)
    }

    private func close(_ descriptor: consuming FileDescriptor) {}
}
