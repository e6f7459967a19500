import KernelSystem
import KernelTesting
import Testing

/// A hostile module against the real kernel and the real zygote, as an ordinary user: all of it
/// belongs to the same user, so that nothing but the walls is in the way.
@Suite(.timeLimit(.minutes(4)))
struct WallTests {
    /// Any number that no account has: nothing may depend on one.
    private static let user: UInt32 = 54_323
    private static let isPossible =
        ProcessFacts.user != 0
        || Shell.succeeds(
            "setpriv --reuid \(user) --regid \(user) --clear-groups "
                + "test -x \((try? Program.built("kernel")) ?? "/nonexistent")")

    private let home: KernelHome

    init() throws {
        home = try KernelHome(user: ProcessFacts.user == 0 ? Self.user : nil)
        try home.install("climber")
    }

    private func climb(_ line: String) throws -> LiveProgram.Ended {
        try home.run(["run", "fixture.climb", line])
    }

    /// Runs `body` beside a kernel that serves, with its number and the zygote's.
    private func whileServing(_ body: (_ kernel: Int32, _ zygote: Int32) throws -> Void) throws {
        let kernel = try home.serve()
        defer { kernel.signal(SignalNumber.kill) }
        // The first call has the zygote started.
        #expect(try climb("start_thread").status == .exited(code: 0))
        let found = try Shell.run("pgrep -P \(kernel.process) -f kernel-zygote")
        let zygote = try #require(Int32(found.prefix { $0.isNumber }))
        try body(kernel.process, zygote)
        kernel.signal(SignalNumber.terminate)
        #expect(try kernel.waitForEnd().status == .exited(code: 0))
    }

    @Test(.enabled(if: isPossible))
    func `no climb leads to the kernel or the zygote`() throws {
        let climbs = [
            ("environment_of", "permissions.read"), ("memory_of", "permissions.read"),
            ("descriptors_of", "permissions.read"), ("command_line_of", "permissions.read"),
            ("other_root", "permissions.read"), ("write_descriptor", "permissions.write"),
            ("trace", "ptrace"), ("seize", "ptrace"), ("read_memory", "process_vm_readv"),
            ("write_memory", "process_vm_writev"), ("send_signal", "a signal"),
            ("send_queued", "a signal"), ("send_thread_signal", "a signal"),
            ("open_process", "pidfd_open"), ("own_pipe", "fcntl"), ("limit_other", "prlimit64"),
            ("pin_other", "sched_setaffinity"), ("calm_other", "setpriority"),
        ]
        try whileServing { kernel, zygote in
            for process in [kernel, zygote] {
                for (name, words) in climbs {
                    let end = try climb("\(name) \(process)")
                    #expect(end.status == .exited(code: 4), "\(name): \(end)")
                    #expect(end.errors.contains(words), "\(name): \(end.errors)")
                }
            }
            let socket = try climb("connect_unix \(home.socket)")
            #expect(socket.status == .exited(code: 4), "\(socket)")
            #expect(socket.errors.contains("a Unix socket"), "\(socket.errors)")
            // Nothing that was tried has harmed them.
            #expect(try climb("start_thread").status == .exited(code: 0))
            // Without walls the user's programs reach the socket, but not the memory.
            #expect(Files.exists(home.socket))
            for process in [kernel, zygote] {
                for file in ["environ", "mem", "fd/2", "maps"] {
                    let reader = try home.start(
                        program: "/bin/cat", ["/proc/\(process)/\(file)"], input: .closed)
                    let end = try reader.waitForEnd()
                    #expect(end.errors.contains("Permission denied"), "\(file): \(end)")
                }
            }
        }
    }

    @Test(.enabled(if: isPossible))
    func `what a module without permissions writes in its own folder is counted`() throws {
        try home.configure("[modules.fixture]\ndisk_mb = 16\n")
        let folder = Path.join(home.state, "modules/fixture")
        try whileServing { _, _ in
            let end = try climb("fill_folder \(folder)")
            #expect(end.status != .exited(code: 0))
            #expect(end.errors.contains("module fixture wrote more than 16 MiB"), "\(end.errors)")
        }
    }

    @Test(.enabled(if: isPossible))
    func `a link in a module's own folder opens nothing at its next start`() throws {
        let folder = Path.join(home.state, "modules/fixture")
        let secret = home.folder.file("secret")
        try Files.replace(secret, with: Array("hidden".utf8), permissions: 0o644)
        let permission = "$XDG_STATE_HOME/kernel/modules/fixture/link"
        try home.install(
            "climber",
            defining: ["CLIMBER_PERMISSIONS=\"{\\\"read\\\":[\\\"\(permission)\\\"]}\""])
        #expect(
            try climb("link_soft \(secret) \(folder)/link").status == .exited(code: 0))
        let end = try climb("read_file \(folder)/link")
        #expect(end.status == .exited(code: 4) && !end.output.contains("hidden"), "\(end)")
    }
}
