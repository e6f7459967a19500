import KernelBase
import KernelHosting
import KernelSandbox
import KernelSystem
import KernelTesting
import KernelWorkers
import ModuleJSON
import Synchronization
import Testing

@testable import KernelBrokers

/// Programs that modules have run, and how they try to climb out. `.blocking`: each test waits for
/// processes.
@Suite(.timeLimit(.minutes(3)), .blocking)
final class ProgramErrandTests: Sendable {
    private let folder: TemporaryFolder
    private let zygote: Zygote
    private let brokers: Brokers
    private let lastID = Atomic<UInt64>(0)

    /// Root passes too much: programs are run for an ordinary user, who owns the folder.
    private static let stranger = 65_533

    init() throws {
        folder = try TemporaryFolder()
        var program = try Program.built("kernel-zygote")
        if ProcessFacts.user == 0 {
            let user = Self.stranger
            let script = folder.file("zygote")
            let line =
                "#!/bin/sh\nexec setpriv --reuid=\(user) --regid=\(user) --clear-groups -- "
                + "\(program) \"$@\"\n"
            try Files.replace(script, with: Array(line.utf8), permissions: 0o755)
            try Shell.run("chown -R \(user) \(folder.path)")
            program = script
        }
        let zygote = try Zygote(executable: program) { _ in }
        self.zygote = zygote
        brokers = Brokers(run: { $0() }, alarms: .shared, zygote: { zygote })
    }

    deinit {
        brokers.close()
        zygote.stop()
    }

    private final class Ear: CallListener {
        struct Heard {
            var output: [UInt8] = []
            var errors: [UInt8] = []
            var ends: [CallOutcome] = []
        }

        let heard = Condition(Heard())
        let id: UInt64

        init(_ id: UInt64) {
            self.id = id
        }

        func callFinished(_ outcome: CallOutcome) { change { $0.ends.append(outcome) } }
        func callProgressed(fraction: Double?, note: String) {}
        func callPrinted(_ kind: PayloadKind, _ piece: [UInt8]) {
            guard let news = try? ErrandNews(piece) else { return }
            change {
                if news.kind == 1 { $0.output += news.value } else { $0.errors += news.value }
            }
        }

        private func change(_ body: (inout Heard) -> Void) {
            heard.withLock { body(&$0) }
            heard.broadcast()
        }

        func end() throws -> CallOutcome {
            let deadline = SystemClock.monotonicNanoseconds + 60_000_000_000
            return try #require(heard.wait(untilNanoseconds: deadline) { $0.ends.first })
        }

        var output: String { String(decoding: heard.withLock { $0.output }, as: UTF8.self) }
        var errors: String { String(decoding: heard.withLock { $0.errors }, as: UTF8.self) }
    }

    /// What the module may do.
    private struct May {
        var execute = ["/usr/bin", "/bin"]
        var read: [String] = []
        var write: [String] = []
        var memoryBytes: UInt64 = 1 << 30
        /// And how it is run.
        var input = ""
        var seconds = 0.0
        var creditBytes: UInt64 = 4 << 20
    }

    private func run(
        _ program: String, _ arguments: [String] = [], _ more: JSON = [:], may: May = May()
    ) -> Ear {
        let ear = Ear(lastID.add(1, ordering: .relaxed).newValue)
        var members: [(String, JSON)] = [
            ("program", .string(program)), ("arguments", .array(arguments.map { .string($0) })),
        ]
        for (name, value) in more.object ?? [:] { members.append((name, value)) }
        var errand = Errand(
            id: ear.id, module: "m", service: "run",
            order: JSON.object(JSONObject(members)).serialized(), body: Array(may.input.utf8)
        ) { try Self.doors(may) }
        errand.creditBytes = may.creditBytes
        if may.seconds > 0 {
            errand.deadlineNanoseconds =
                SystemClock.monotonicNanoseconds + UInt64(may.seconds * 1e9)
        }
        brokers.begin(errand, ear)
        return ear
    }

    private static func doors(_ may: May) throws -> OpenedDoors {
        var permissions = Permissions()
        permissions[.read] = may.read
        permissions[.write] = may.write
        permissions[.execute] = may.execute
        var plan = WallPlan(module: "m", permissions: permissions)
        plan.limits.memoryBytes = may.memoryBytes
        let walls = try plan.programWalls(in: .ofThisProcess)
        var doors = OpenedDoors()
        doors.execute = may.execute.map { LinkWalk().end(of: $0) }
        doors.programWalls = { walls }
        return doors
    }

    /// What the test has made is the ordinary user's, so that only the walls are in his way.
    private func giveAway() throws {
        if ProcessFacts.user == 0 { try Shell.run("chown -R \(Self.stranger) \(folder.path)") }
    }

    private func shell(_ line: String, may: May = May(), seconds: Double = 30) -> Ear {
        var may = may
        may.seconds = seconds
        return run("/bin/sh", ["-c", line], may: may)
    }

    // MARK: What a permission opens

    @Test func `a program runs with its arguments, input and environment, and says how it ended`()
        throws
    {
        let ear = run(
            "/bin/sh",
            ["-c", "cat; echo \"$1|$HOME|$(pwd)\"; echo bad >&2; exit 7", "sh", "a b'c"],
            ["folder": "/usr"], may: May(input: "hello "))
        #expect(try ear.end().text == "{\"exit\":7}")
        #expect(ear.output == "hello a b'c|\(Environment.value("HOME", or: ""))|/usr\n")
        #expect(ear.errors == "bad\n")
        #expect(try run("/usr/bin/env").end().succeeded)
    }

    @Test func `nothing of the kernel's environment comes along`() throws {
        let ear = run("/usr/bin/env")
        _ = try ear.end()
        let names = Set(ear.output.split(separator: "\n").map { $0.prefix { $0 != "=" } })
        #expect(
            names.isSubset(
                of: [
                    "PATH", "LANG", "HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME",
                    "XDG_CACHE_HOME",
                ]), "\(names)")
    }

    @Test func `a signal that ends it is told`() throws {
        #expect(try shell("kill -9 $$").end().text == "{\"signal\":9}")
    }

    @Test func `what is not permitted is not started, and the path is named`() throws {
        let outcome = try run("/bin/ls", may: May(execute: ["/usr/bin/env"])).end()
        #expect(outcome.status == .denied)
        let path = try #require(Files.resolved("/bin/ls"))
        #expect(
            outcome.message
                == "run: starting \(path) is refused: module m does not have the permission; add "
                + "\"\(path)\" to permissions.execute in its manifest, or execute = [\"+\(path)\"] "
                + "to [modules.m.permissions] in kernel.toml")
        #expect(try run("bin/ls").end().status == .invalid)
        #expect(try run("/bin/nothing-like-it").end().status == .notFound)
    }

    @Test func `a link to a program is what it leads to`() throws {
        let link = folder.file("link")
        try Shell.run("ln -s /bin/ls \(link)")
        #expect(try run(link, may: May(execute: [folder.path])).end().status == .denied)
        #expect(try run(link).end().succeeded)
    }

    @Test func `it reads and writes what the module may, and nothing else`() throws {
        try Files.replace(folder.file("note"), with: Array("noted".utf8))
        try giveAway()
        let open = May(write: [folder.path])
        let ear = shell("cat \(folder.file("note")); echo > \(folder.file("new"))", may: open)
        #expect(try ear.end().text == "{\"exit\":0}")
        #expect(ear.output == "noted" && Files.exists(folder.file("new")))
        for line in [
            "cat \(folder.file("note"))", "echo > \(folder.file("note"))",
            "ls \(folder.path)", "rm \(folder.file("note"))", "cat /etc/shadow",
            "cat /proc/1/environ", "ls /proc", "cat /proc/\(ProcessFacts.id)/environ",
            "chmod 777 \(folder.file("note"))", "touch \(folder.file("note"))",
            "ln -s /etc/passwd \(folder.file("link"))", "truncate -s 0 \(folder.file("note"))",
        ] {
            let ear = shell(line)
            #expect(try ear.end().text != "{\"exit\":0}", "\(line): \(ear.output)")
        }
        #expect(try Files.read(folder.file("note"), bytesMax: 100) == Array("noted".utf8))
        let reader = shell(": > \(folder.file("note"))", may: May(read: [folder.path]))
        #expect(try reader.end().text != "{\"exit\":0}")
    }

    // MARK: Climbing

    /// Needs a language with system calls at hand.
    private static let python = Files.resolved("/usr/bin/python3")

    private func python(_ lines: String, may: May = May()) throws -> Ear {
        var may = may
        may.seconds = 30
        return run(try #require(Self.python), ["-I", "-S", "-c", lines], may: may)
    }

    @Test(
        .enabled(if: python != nil),
        arguments: [
            "import socket; socket.socket(socket.AF_INET, socket.SOCK_STREAM)",
            "import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM)",
            "import socket; socket.socket(socket.AF_INET6)",
            "import socket; socket.socket(socket.AF_UNIX)",
            "import socket; socket.socket(socket.AF_NETLINK, socket.SOCK_RAW)",
            "import socket; socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)",
            "import os; os.kill(os.getppid(), 9)", "import os; os.kill(1, 0)",
            "import os; os.setsid()",
            "import os; os.setpgid(0, 0)", "import os; os.chmod('/tmp', 0o777)",
            "import os; os.open('/etc/passwd', os.O_RDONLY | os.O_TRUNC)",
            "import os; os.memfd_create('a')", "import os; os.utime('/tmp')",
            "import ctypes\nif ctypes.CDLL(None).unshare(0x10000000): raise OSError",
            "import ctypes, os\nif ctypes.CDLL(None).ptrace(16, os.getppid(), 0, 0): raise OSError",
            "import os; os.execv('/usr/sbin/nologin', ['x'])", "import os; os.listdir('/home')",
            "import os; os.mkfifo('/tmp/fifo-of-a-program')", "import os; os.setuid(12345)",
        ])
    func `a program that climbs is held back`(line: String) throws {
        let ear = try python("try:\n  exec(\"\"\"\(line)\"\"\")\nexcept OSError: print('held')")
        #expect(try ear.end().text == "{\"exit\":0}", "\(ear.errors)")
        #expect(ear.output == "held\n", "\(line)")
    }

    @Test func `what it starts is behind the same walls`() throws {
        let ear = shell("sh -c 'cat /etc/shadow' || sh -c 'sh -c \"ls /home\"' || echo held")
        #expect(try ear.end().text == "{\"exit\":0}")
        #expect(ear.output == "held\n")
        let other = shell("/bin/ls /usr || echo held", may: May(execute: ["/usr/bin/dash"]))
        #expect(try other.end().text == "{\"exit\":0}")
        #expect(other.output == "held\n", "\(other.output)")
    }

    // MARK: Ends

    /// Whether some process has the mark among its arguments; whoever looks has not.
    private func isRunning(_ mark: String) -> Bool {
        Shell.succeeds("grep -slz '[\(mark.prefix(1))]\(mark.dropFirst())' /proc/[0-9]*/cmdline")
    }

    @Test func `at its deadline it is asked, then made to end, with all that it started`() throws {
        let kind = shell(
            "trap 'echo asked; exit 3' TERM; while :; do sleep 0.05; done", seconds: 0.5)
        #expect(try kind.end().status == .deadline)
        #expect(kind.output == "asked\n")
        let mark = "987\(ProcessFacts.id)"
        let stubborn = run(
            "/bin/sh", ["-c", "trap '' TERM; sleep \(mark) & sleep \(mark) & wait; sleep \(mark)"],
            ["graceSeconds": 0.2], may: May(seconds: 0.5))
        #expect(try stubborn.end().status == .deadline)
        try waitFor("what it started to end") { !self.isRunning(mark) }
    }

    @Test func `what it leaves behind ends with it`() throws {
        let mark = "986\(ProcessFacts.id)"
        #expect(try shell("nohup sleep \(mark) & exit 0").end().text == "{\"exit\":0}")
        try waitFor("what it started to end") { !self.isRunning(mark) }
    }

    @Test func `a cancelled one ends, and once`() throws {
        let ear = shell("sleep 60")
        brokers.cancel(ear.id)
        brokers.cancel(ear.id)
        #expect(try ear.end().status == .cancelled)
        #expect(ear.heard.withLock { $0.ends.count } == 1)
        #expect(brokers.count == 0)
    }

    @Test func `a program that cannot be started says why`() throws {
        let broken = folder.file("broken")
        try Shell.run("printf nonsense > \(broken); chmod 755 \(broken)")
        try giveAway()
        let outcome = try run(broken, may: May(execute: [folder.path])).end()
        #expect(
            outcome.status == .failed && outcome.message.contains("cannot"), "\(outcome.message)")
        let nowhere = try run("/bin/ls", [], ["folder": "/nowhere"]).end()
        #expect(nowhere.status == .failed && nowhere.message.contains("/nowhere"))
    }

    // MARK: Bounds

    @Test func `one that prints too much is ended`() throws {
        let ear = run("/bin/sh", ["-c", "while :; do echo aaaaaaaa; done"], ["bytesMax": 100_000])
        #expect(try ear.end().status == .limit)
        #expect(ear.output.utf8.count <= 100_000)
    }

    @Test func `one whose output nobody takes waits`() throws {
        let ear = run(
            "/bin/sh", ["-c", "head -c 3000000 /dev/zero; echo done >&2"],
            may: May(creditBytes: 100_000))
        let later = SystemClock.monotonicNanoseconds + 700_000_000
        #expect(
            ear.heard.wait(untilNanoseconds: later) { $0.output.count > 200_000 ? true : nil }
                == nil)
        #expect(ear.heard.withLock { $0.ends.isEmpty && $0.output.count >= 100_000 })
        for _ in 0..<40 { brokers.credit(ear.id, bytes: 100_000) }
        #expect(try ear.end().text == "{\"exit\":0}")
        #expect(ear.output.utf8.count == 3_000_000 && ear.errors == "done\n")
    }

    @Test(.enabled(if: python != nil))
    func `a bomb of memory or processes costs itself`() throws {
        let memory = try python(
            "a = []\nwhile True: a.append(bytearray(1 << 24))", may: May(memoryBytes: 100 << 20))
        let outcome = try memory.end()
        // The watch, or the system before it.
        #expect(outcome.status == .limit || outcome.text == "{\"exit\":1}", "\(outcome)")
        let processes = shell("f() { f | f & }; f; sleep 5", seconds: 20)
        #expect(try processes.end().status != .ok || processes.errors.contains("fork"))
    }

    @Test func `a module that runs too many is refused`() throws {
        let ears = (0..<12).map { _ in run("/bin/sleep", ["60"]) }
        try waitFor("four refusals") { ears.count { !$0.heard.withLock { $0.ends.isEmpty } } >= 4 }
        for ear in ears { brokers.cancel(ear.id) }
        let outcomes = try ears.map { try $0.end().status }
        #expect(outcomes.count { $0 == .limit } == 4 && outcomes.count { $0 == .cancelled } == 8)
    }
}

extension CallOutcome {
    fileprivate var text: String {
        succeeded ? String(decoding: value, as: UTF8.self) : "\(status.name): \(message)"
    }
}
