import Glibc
import KernelSystem
import KernelTesting
import ModuleJSON
import Testing

/// `kernel serve`: one kernel for each state folder, at its socket.
@Suite(.timeLimit(.minutes(3)))
struct ServeTests {
    private let home: KernelHome

    init() throws {
        home = try KernelHome()
    }

    private var lock: String { Path.join(home.state, "kernel.lock") }

    @Test(arguments: [SignalNumber.terminate, SignalNumber.interrupt])
    func `it says where it is, and ends cleanly when it is asked to`(signal: Int32) throws {
        let kernel = try home.serve()
        let modules = "anthropic, apps, fs, gemini, ollama, openai, system"
        let ready = "socket \(home.socket), 7 modules in service: \(modules)\n"
        #expect(kernel.errors.hasPrefix("kernel 0.1.0 is ready: process "))
        #expect(kernel.errors.hasSuffix(ready))
        let socket = try Files.status(home.socket)
        #expect(socket.kind == .socket && socket.permissions == 0o600)
        #expect(try Files.status(Path.directory(of: home.socket)).permissions == 0o700)
        let record = try JSON(parsing: try Files.read(lock, bytesMax: 10_000))
        #expect(record["process"] == .integer(Int64(kernel.process)))
        #expect(record["socket"]?.string == home.socket && record["version"]?.string == "0.1.0")
        kernel.signal(signal)
        let ended = try kernel.waitForEnd()
        #expect(ended.status == .exited(code: 0) && ended.output == "")
        #expect(ended.errors.contains("kernel is ending"))
        #expect(!Files.exists(home.socket))
        #expect(try Files.read(lock, bytesMax: 10_000) == [])
    }

    @Test func `a second one is refused, naming the first, and development is apart`() throws {
        let first = try home.serve()
        let second = try home.run(["serve"])
        #expect(second.status == .exited(code: 1))
        for words in [
            "another kernel is running on \(home.state)", "process \(first.process)", "since 2",
            home.socket, "kill \(first.process)", "XDG_STATE_HOME",
        ] {
            #expect(second.errors.contains(words), "\(second.errors)")
        }
        #expect(second.errors.split(separator: "\n").count == 1)
        let development = try home.serve(["--dev", "serve"])
        #expect(development.errors.contains("for development"))
        #expect(try home.run(["run", "fs.list"]).status == .exited(code: 0))
    }

    @Test func `what a killed kernel left behind is no obstacle`() throws {
        let first = try home.serve()
        first.signal(SignalNumber.kill)
        _ = try first.waitForEnd()
        #expect(Files.exists(home.socket))
        #expect(try home.run(["run", "fs.list"]).status == .exited(code: 0))
        let second = try home.serve()
        #expect(try home.run(["modules"]).status == .exited(code: 0))
        second.signal(SignalNumber.terminate)
        #expect(try second.waitForEnd().status == .exited(code: 0))
    }

    @Test func `what is no socket is not removed`() throws {
        try Files.makeDirectories(Path.directory(of: home.socket))
        try Files.replace(home.socket, with: Array("mine".utf8))
        let ended = try home.run(["serve"])
        #expect(ended.status == .exited(code: 1))
        #expect(ended.errors.contains("\(home.socket) is in the way"))
        #expect(try Files.read(home.socket, bytesMax: 10) == Array("mine".utf8))
    }

    @Test func `kernels with state folders of their own do not meet at one socket`() throws {
        let kernel = try home.serve()
        let other: [String: String?] = ["XDG_STATE_HOME": home.folder.file("other")]
        let refused = try home.run(["serve"], variables: other)
        #expect(refused.status == .exited(code: 1))
        #expect(refused.errors.contains("XDG_RUNTIME_DIR"))
        let alone = try home.run(["modules", "--json"], variables: other)
        #expect(alone.status == .exited(code: 0), "\(alone.errors)")
        kernel.signal(SignalNumber.terminate)
        #expect(try kernel.waitForEnd().status == .exited(code: 0))
    }

    @Test func `a path that no socket address has room for is reached all the same`() throws {
        let run = home.folder.file("run/" + String(repeating: "deep/", count: 30))
        try Files.makeDirectories(run)
        let variables: [String: String?] = ["XDG_RUNTIME_DIR": run]
        let kernel = try home.serve(variables: variables)
        let listed = try home.run(["modules", "--json"], variables: variables)
        #expect(listed.status == .exited(code: 0))
        #expect(try home.run(["run", "fs.list"], variables: variables).errors == "")
        kernel.signal(SignalNumber.terminate)
        #expect(try kernel.waitForEnd().status == .exited(code: 0))
        #expect(!Files.exists(run + "/kernel/kernel.sock"))
    }

    // MARK: Started by somebody

    @Test func `it takes over a socket, tells whoever started it, and leaves it in place`() throws {
        try Files.makeDirectories(Path.directory(of: home.socket))
        let listener = try UnixSocket.listen(at: home.socket)
        let notices = try Notices(home.folder.file("notify"))
        let kernel = try home.serve(
            variables: ["LISTEN_FDS": "1", "NOTIFY_SOCKET": home.folder.file("notify")],
            passing: [listener.raw])
        #expect(try notices.next().hasPrefix("READY=1"))
        #expect(try home.run(["run", "fs.list"]).status == .exited(code: 0))
        kernel.signal(SignalNumber.terminate)
        #expect(try notices.next() == "STOPPING=1")
        #expect(try kernel.waitForEnd().status == .exited(code: 0))
        // Who connects meanwhile waits for the next kernel.
        #expect(Files.exists(home.socket))
        let waiting = try home.start(["modules", "--json"], input: .file("/dev/null"))
        let next = try home.serve(variables: ["LISTEN_FDS": "1"], passing: [listener.raw])
        #expect(try waiting.waitForEnd().status == .exited(code: 0))
        next.signal(SignalNumber.terminate)
        #expect(try next.waitForEnd().status == .exited(code: 0))
    }

    /// A service manager believes only the process that it has started, unless its unit says more.
    @Test func `the kernel says that it is ready, as a child of the process that was started`()
        throws
    {
        let notices = try Notices(home.folder.file("notify"))
        let parent = try home.start(
            ["serve"],
            variables: ["KERNEL_NO_PARENT": nil, "NOTIFY_SOCKET": home.folder.file("notify")],
            input: .file("/dev/null"))
        let (text, sender) = try notices.nextWithSender()
        #expect(text == "READY=1\nMAINPID=\(parent.process)")
        #expect(sender != parent.process)
        let page = Path.join(Fixture.repository, "docs/wire.md")
        let unit = String(decoding: try Files.read(page, bytesMax: 1 << 20), as: UTF8.self)
        #expect(unit.contains("\nType=notify\nNotifyAccess=all\n"))
        parent.signal(SignalNumber.terminate)
        #expect(try notices.next() == "STOPPING=1")
        #expect(try parent.waitForEnd().status == .exited(code: 0))
    }

    @Test func `what is passed and is no socket to listen at is refused`() throws {
        let pair = try PacketSocket.pair()
        let ended = try home.start(
            ["serve"], variables: ["LISTEN_FDS": "1"], input: .file("/dev/null"),
            with: KernelHome.Extras(passing: [pair.first.descriptor.raw])
        ).waitForEnd()
        #expect(ended.status == .exited(code: 1))
        #expect(ended.errors.contains("LISTEN_FDS"))
    }

    @Test func `a socket that was passed to another process is not taken`() throws {
        let kernel = try home.serve(variables: ["LISTEN_FDS": "1", "LISTEN_PID": "1"])
        #expect(Files.exists(home.socket))
        kernel.signal(SignalNumber.terminate)
        _ = try kernel.waitForEnd()
    }

    // MARK: Limits

    private func connect() throws -> FileDescriptor { try UnixSocket.connect(to: home.socket) }

    @Test func `without descriptors for more clients it waits, and goes on with those it has`()
        throws
    {
        let kernel = try Program.built("kernel")
        let program = try home.start(
            program: "/bin/sh", ["-c", "ulimit -n 300; exec \(kernel) serve"],
            input: .file("/dev/null"))
        try program.wait(errors: "is ready")
        var crowd: [FileDescriptorBox] = []
        for _ in 0..<400 { crowd.append(FileDescriptorBox(try connect())) }
        try program.wait(errors: "no client can be taken on for the moment")
        let before = try cpuTicks(program.process)
        let end = SystemClock.monotonicNanoseconds + 1_000_000_000
        try waitFor("a second") { SystemClock.monotonicNanoseconds > end }
        // A thread that asked again and again would take all hundred ticks of the second.
        #expect(try cpuTicks(program.process) - before < 50)
        crowd = []
        #expect(try home.run(["run", "fs.list"]).status == .exited(code: 0))
        program.signal(SignalNumber.terminate)
        #expect(try program.waitForEnd().status == .exited(code: 0))
    }

    private final class FileDescriptorBox {
        let descriptor: FileDescriptor

        init(_ descriptor: consuming FileDescriptor) {
            self.descriptor = descriptor
        }
    }

    private func cpuTicks(_ process: Int32) throws -> Int {
        let line = String(
            decoding: try Files.read("/proc/\(process)/stat", bytesMax: 4_096), as: UTF8.self)
        let fields = line.split(separator: ")").last?.split(separator: " ") ?? []
        return (Int(fields[11]) ?? 0) + (Int(fields[12]) ?? 0)
    }
}
