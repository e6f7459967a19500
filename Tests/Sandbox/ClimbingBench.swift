import KernelBase
import KernelHosting
import KernelSandbox
import KernelSystem
import KernelTesting
import KernelWorkers
import Synchronization

/// Workers that hold the fixture `climber`, as an ordinary user: root passes too much.
///
/// What they try to reach belongs to that user: without walls nothing would stop them.
final class ClimbingBench: Sendable {
    let folder: TemporaryFolder
    let zygote: Zygote
    /// A process of the climbers' user that has nothing to do with them.
    let victim: Int32
    let library: String
    let listener: Listener
    private let output: OutputCollector
    private let victimHandle: FileDescriptor
    private let listening: Int32
    private let listeningHandle: FileDescriptor

    /// Somebody who owns nothing on this machine.
    static let stranger: UInt32 = 61_234
    static var user: UInt32 { ProcessFacts.user == 0 ? stranger : ProcessFacts.user }

    /// Sockets of the climbers' user that answer, such as the kernel's own.
    struct Listener {
        let path: String
        let abstract: String
        let port: String
    }

    enum Zygotes: String {
        case usual
        /// With an empty file in the place of libseccomp.
        case withoutFilters
        /// User namespaces cannot be made in a changed root. Only root can change it.
        case withoutNamespaces
    }

    init(_ zygotes: Zygotes = .usual, defining: [String] = []) throws {
        folder = try TemporaryFolder()
        library = folder.file("climber.so")
        try Fixture.build("climber", defining: defining, to: library)
        for name in ["inside", "outside"] {
            try Files.makeDirectories(folder.file(name))
            try Files.replace(folder.file("\(name)/file"), with: Array("secret".utf8))
        }
        if ProcessFacts.user == 0 {
            try Shell.run(
                "chmod 755 \(folder.path) && chown -R \(Self.stranger):\(Self.stranger) "
                    + "\(folder.path)/inside \(folder.path)/outside")
        }
        let prefix = Self.prefix
        let victimLine = "trap '' USR1; exec \(prefix) sleep 600"
        victim = try ChildProcess.spawn(
            "/bin/sh", ["-c", victimLine], ChildProcess.Options(environment: ["SECRET=hidden"]))
        victimHandle = try ChildProcess.handle(of: victim)
        let listen = "exec \(prefix) python3 -c \"$0\" \(folder.file("outside"))"
        listening = try ChildProcess.spawn(
            "/bin/sh", ["-c", listen, Self.listen],
            // That of the system: one in somebody's home is not everybody's.
            ChildProcess.Options(environment: ["PATH=/usr/bin:/bin"]))
        listeningHandle = try ChildProcess.handle(of: listening)
        let place = folder.file("outside/port")
        try waitFor("the listener") { Files.exists(place) }
        let port = String(decoding: try Files.read(place, bytesMax: 16), as: UTF8.self)
        listener = Listener(
            path: folder.file("outside/kernel.sock"), abstract: "@climber-\(port)", port: port)
        output = try OutputCollector()
        zygote = try Zygote(executable: try Self.program(folder, zygotes)) { _ in }
    }

    deinit {
        zygote.stop()
        ChildProcess.signal(victimHandle, SignalNumber.kill)
        _ = try? ChildProcess.wait(for: victim)
        ChildProcess.signal(listeningHandle, SignalNumber.kill)
        _ = try? ChildProcess.wait(for: listening)
    }

    private static let listen = """
        import os, signal, socket, sys
        tcp = socket.create_server(("127.0.0.1", 0))
        port = tcp.getsockname()[1]
        udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        udp.bind(("127.0.0.1", port))
        servers = [socket.socket(socket.AF_UNIX) for _ in range(2)]
        os.umask(0o177)
        servers[0].bind(sys.argv[1] + "/kernel.sock")
        servers[1].bind("\\0climber-%d" % port)
        for server in servers: server.listen()
        with open(sys.argv[1] + "/port.new", "w") as file: file.write(str(port))
        os.rename(sys.argv[1] + "/port.new", sys.argv[1] + "/port")
        signal.pause()
        """

    /// What makes a program the ordinary user's.
    private static var prefix: String {
        ProcessFacts.user == 0
            ? "setpriv --reuid=\(stranger) --regid=\(stranger) --clear-groups --" : ""
    }

    /// The zygote as that user.
    private static func program(_ folder: TemporaryFolder, _ zygotes: Zygotes) throws -> String {
        let zygote = try Program.built("kernel-zygote")
        let script = folder.file("zygote")
        let root = folder.file("root")
        let start = "exec \(prefix) \(zygote) \"$@\"\n"
        switch zygotes {
        case .usual:
            try Files.replace(script, with: Array("#!/bin/sh\n\(start)".utf8), permissions: 0o755)
        case .withoutFilters:
            let libraries = folder.file("libraries")
            try Files.makeDirectories(libraries, permissions: 0o755)
            try Files.replace("\(libraries)/libseccomp.so.2", with: [], permissions: 0o644)
            let line = "#!/bin/sh\nexport LD_LIBRARY_PATH=\(libraries)\n\(start)"
            try Files.replace(script, with: Array(line.utf8), permissions: 0o755)
        case .withoutNamespaces:
            try Files.makeDirectories(root)
            let inner = "mount --rbind / \(root) && exec chroot \(root) \(prefix) \(zygote) \"$@\""
            let outer =
                "#!/bin/sh\nexec unshare -m --propagation private sh -c '\(inner)' zygote \"$@\"\n"
            try Files.replace(script, with: Array(outer.utf8), permissions: 0o755)
        }
        return script
    }

    // MARK: Workers

    /// What modules may write besides the permissions.
    struct Folders {
        var own: String?
        var written: [String] = []
    }

    func walls(
        read: [String] = [], write: [String] = [], strength: Walls.Strength = .required,
        limits: ResourceLimits = ResourceLimits(), besides folders: Folders = Folders()
    ) throws -> Walls {
        var permissions = Permissions()
        permissions[.read] = read
        permissions[.write] = write
        let plan = WallPlan(
            module: "climber", strength: strength, permissions: permissions, limits: limits)
        return try plan.walls(
            library: library, folder: folders.own, in: .ofThisProcess, written: folders.written)
    }

    /// `host` does what the module asks for.
    func worker(_ walls: Walls, host: (any ModuleAsker)? = nil) throws -> WorkerProcess {
        var events = WorkerEvents(log: { _, _, _ in })
        events.modules = host
        let worker = try WorkerProcess(
            zygote: zygote, name: "climber", output: output, events: events)
        let open = OpenRequest(path: library, watchesContract: false, walls: walls)
        _ = try worker.open(open, seconds: 10)
        let setUp = SetUpRequest(
            configuration: ModuleConfiguration(), state: nil, testsItself: true, starts: true)
        _ = try worker.request(.setUp, body: setUp.bytes, seconds: 10)
        return worker
    }

    enum End: Equatable {
        case climbed(String)
        case refused(String)
        case died(String)

        var isClimbed: Bool { if case .climbed = self { true } else { false } }
        var isRefused: Bool { if case .refused = self { true } else { false } }

        var text: String {
            switch self {
            case .climbed(let text), .refused(let text), .died(let text): text
            }
        }
    }

    /// One climb in a worker of its own.
    func climb(_ name: String, _ what: String = "", _ walls: Walls) throws -> End {
        try climb(name, what, in: try worker(walls))
    }

    func climb(_ name: String, _ what: String = "", in worker: WorkerProcess) throws -> End {
        let request = CallRequest(
            id: 1, task: 0, mode: .process, kind: .bytes, arguments: Array("\(name) \(what)".utf8),
            deadlineNanoseconds: SystemClock.monotonicNanoseconds + 20_000_000_000)
        do throws(WorkerFailure) {
            let outcome = try worker.call(request, DeafListener(), graceSeconds: 1)
            return outcome.succeeded
                ? .climbed(String(decoding: outcome.value, as: UTF8.self))
                : .refused(outcome.message)
        } catch {
            return .died("\(error)")
        }
    }
}

private final class DeafListener: CallListener {
    func callFinished(_ outcome: CallOutcome) {}
    func callProgressed(fraction: Double?, note: String) {}
    func callPrinted(_ kind: PayloadKind, _ piece: [UInt8]) {}
}
