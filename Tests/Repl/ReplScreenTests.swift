import ClientTesting
import KernelClient
import KernelSystem
import KernelTerminal
import KernelTesting
import KernelWire
import ModuleJSON
import Synchronization
import Testing

@testable import KernelRepl

/// The REPL as a person sees it, whole screens at a time.
@Suite(.timeLimit(.minutes(1)))
struct ReplScreenTests {
    /// A REPL that runs on a terminal of 80 columns and 40 rows.
    private final class Running: Sendable {
        let terminal: PseudoTerminal
        let kernel: FakeKernel
        let repl: Repl
        let clock = Mutex<UInt64>(1_000_000_000)
        private let status = Condition<Int32?>(nil)

        init(_ kernel: FakeKernel, history: String? = nil, folder: String = "/") throws {
            self.kernel = kernel
            terminal = try PseudoTerminal(columns: 80, rows: 40)
            var options = ReplOptions()
            options.input = terminal.device.raw
            options.output = terminal.device.raw
            options.errors = terminal.device.raw
            options.prompt = "> "
            options.historyFile = history
            options.folder = folder
            options.capabilities = TerminalCapabilities(
                inputIsTerminal: true, outputIsTerminal: true,
                environment: { ["TERM": "xterm-256color", "NO_COLOR": "1"][$0] })
            let time = Condition<UInt64>(1_000_000_000)
            options.clock = { time.withLock { $0 } }
            self.time = time
            repl = try Repl(kernel.transport, options)
        }

        private let time: Condition<UInt64>

        func start() throws {
            try SystemThread.start(name: "test repl") { [repl, status] in
                let result = repl.run()
                status.withLock { $0 = result }
                status.broadcast()
            }
            try sees { $0.last == ">" }
        }

        func advance(milliseconds: UInt64) {
            time.withLock { $0 += milliseconds * 1_000_000 }
        }

        @discardableResult
        func sees(_ condition: ([String]) -> Bool) throws -> [String] {
            try terminal.wait(columns: 80, rows: 40) { condition($0.transcript) }.transcript
        }

        /// What is under the first screen.
        func sees(after first: Int, _ expected: [String]) throws {
            try sees { Array($0.dropFirst(first)) == expected }
        }

        func ended() throws -> Int32 {
            let deadline = SystemClock.monotonicNanoseconds + 20_000_000_000
            return try #require(status.wait(untilNanoseconds: deadline) { $0 })
        }

        func quit() throws {
            try terminal.type("\u{15}\u{4}")
            #expect(try ended() == 0)
        }
    }

    private static let firstScreen = [
        "kernel 0.1.0  process 42, development",
        "  art  1.0.0  3 tasks  /modules/art.so",
        "  fs   1.0.0  2 tasks  /modules/fs.so",
        "Try: fs.list path=.   /help lists the commands, Tab completes, Ctrl-D leaves",
    ]

    private static func start(
        _ tasks: [String: FakeKernel.Answer] = [:], folder: String = "/"
    ) throws -> Running {
        let running = try Running(FakeKernel(tasks: tasks), folder: folder)
        try running.start()
        return running
    }

    @Test func `the first screen says what there is and one thing to try`() throws {
        let running = try Self.start()
        try running.sees { $0 == Self.firstScreen + [">"] }
        try running.quit()
    }

    @Test func `the first screen has twelve lines, whatever is wrong`() throws {
        let many = (0..<30).map { Samples.module("m\($0)", "Number \($0).") }
        let kernel = FakeKernel(
            modules: many + [Samples.failed("broken", "the entry is missing")],
            notices: (0..<9).map { "thing \($0)" })
        let running = try Running(kernel)
        try running.start()
        let screen = try running.sees { $0.last == ">" }
        #expect(screen.count == 12)
        #expect(screen[1] == "  broken         failed   the entry is missing")
        #expect(screen[6] == "  and 26 more: /modules")
        #expect(
            screen[7...9] == [
                "  thing 0", "  thing 1", "  and 7 more: /log, kernel config check",
            ])
        try running.quit()
    }

    @Test func `without modules the first screen says how to make one`() throws {
        let running = try Running(FakeKernel(modules: []))
        try running.start()
        try running.sees {
            $0 == [
                "kernel 0.1.0  process 42, development", "  No module is in service.",
                "Make one: kernel module new hello   /help lists the commands, Ctrl-D leaves", ">",
            ]
        }
        try running.quit()
    }

    @Test func `results come above the line being typed, with their task`() throws {
        let running = try Self.start([
            "fs.read": { kernel, request, _ in
                kernel.started(request, call: 5)
            }
        ])
        try running.terminal.type("fs.read README.md\r")
        let run = try running.kernel.waitFor(RunCall.method)
        try running.terminal.type("half")
        try running.sees(after: 4, ["> fs.read README.md", "> half"])
        running.kernel.end(run.id, "text", "# Title\ntext\n")
        try running.sees(
            after: 4,
            ["> fs.read README.md", "fs.read (1.50 ms)", "# Title", "text", "> half"])
        try running.quit()
    }

    @Test func `progress is paced and output comes as it is made`() throws {
        let running = try Self.start([
            "fs.list": { kernel, request, _ in
                kernel.started(request, call: 5)
                kernel.progressed(request, 0.1, "too early")
            }
        ])
        try running.terminal.type("fs.list\r")
        let run = try running.kernel.waitFor(RunCall.method)
        running.kernel.printed(run.id, "one\ntwo\nthr")
        try running.sees(after: 4, ["> fs.list", "fs.list:", "one", "two", ">"])
        running.advance(milliseconds: 300)
        running.kernel.progressed(run.id, 0.5, "halfway")
        running.kernel.progressed(run.id, 0.51, "too soon")
        running.kernel.printed(run.id, "ee\nfour")
        running.kernel.end(run.id, "json", .null)
        try running.sees(
            after: 4,
            [
                "> fs.list", "fs.list:", "one", "two", "fs.list: 50 % halfway", "three", "four",
                "fs.list is done (1.50 ms)", ">",
            ])
        try running.quit()
    }

    @Test func `a failure names its task, its kind and its reason`() throws {
        let running = try Self.start([
            "fs.read": { kernel, request, _ in
                kernel.end(
                    request, "text", "", status: "denied", message: "x is outside of the roots")
            }
        ])
        try running.terminal.type("fs.read x\r")
        try running.sees(
            after: 4, ["> fs.read x", "fs.read failed (denied): x is outside of the roots", ">"])
        try running.quit()
    }

    @Test func `control c cancels what runs, then says how to leave`() throws {
        let running = try Self.start([
            "fs.list": { _, _, _ in },
            "art.ping": { kernel, request, _ in kernel.started(request, call: 9) },
        ])
        try running.terminal.type("fs.list\rart.ping\r")
        try running.kernel.waitFor(RunCall.method, count: 2)
        let list = try running.kernel.waitFor(RunCall.method)
        try running.terminal.type("\u{3}")
        #expect(try running.kernel.waitFor(CancelCall.method).params == ["call": 9])
        // The other one has no number yet: it is cancelled when it gets one.
        running.kernel.started(list.id, call: 8)
        #expect(try running.kernel.waitFor(CancelCall.method, count: 2).params == ["call": 8])
        try running.terminal.type("\u{3}")
        let lines = [
            "> fs.list", "> art.ping", "Cancelling fs.list, art.ping.",
            "Still waiting for the end of fs.list, art.ping. /quit leaves.",
        ]
        try running.sees(after: 4, lines + [">"])
        for id in [list.id, RequestID((list.id.json.integer ?? 0) + 1)] {
            running.kernel.end(id, "text", "", status: "cancelled", message: "asked to end")
        }
        try running.sees(
            after: 4,
            lines + [
                "fs.list failed (cancelled): asked to end",
                "art.ping failed (cancelled): asked to end", ">",
            ])
        try running.terminal.type("\u{3}")
        try running.sees { $0.last == "Press Ctrl-D or type /quit to leave." }
        try running.quit()
    }

    @Test func `events and warnings of the log are shown, and change what is known`() throws {
        let running = try Self.start()
        running.kernel.setModules([Samples.files, Samples.art, Samples.module("new", "New.")])
        try running.terminal.type("typing")
        try running.sees { $0.last == "> typing" }
        try running.kernel.tell(
            KernelNews.method,
            KernelNews(
                event: "loaded", module: "new", text: "new 1.0.0 loaded", details: ["a.swift:3: x"],
                tone: "success"))
        try running.kernel.tell(LogEntry.method, FakeKernel.logEntry)
        try running.sees(
            after: 4, ["new 1.0.0 loaded", "  a.swift:3: x", "fs warning: slow disk", "> typing"])
        try waitFor("the new list") {
            running.repl.session.knownModules.modules.contains { $0.id == "new" }
        }
        try running.terminal.type("\u{15}ne\t")
        try running.sees { $0.last == "> new." }
        try running.quit()
    }

    @Test func `lists are tables and records are names with values`() throws {
        let running = try Self.start([
            "fs.list": { kernel, request, _ in
                kernel.end(
                    request, "json",
                    [
                        "path": "/x",
                        "entries": [
                            ["name": "a.txt", "size": 5], ["name": "folder", "target": "b"],
                        ],
                    ])
            },
            "art.ping": { kernel, request, _ in kernel.end(request, "json", [[1, 2], []]) },
        ])
        try running.terminal.type("fs.list\r")
        let table = [
            "> fs.list", "fs.list (1.50 ms)", "path  /x", "entries", "  name    size  target",
            "  a.txt      5", "  folder        b",
        ]
        try running.sees(after: 4, table + [">"])
        try running.terminal.type("art.ping\r")
        try running.sees {
            $0.suffix(9) == [
                "> art.ping", "art.ping (1.50 ms)", "[", "  [", "    1,", "    2", "  ],",
                "  []", "]",
            ] + [] || $0.suffix(10).first == "> art.ping"
        }
        try running.quit()
    }

    @Test func `help of a task shows its arguments and an example`() throws {
        let running = try Self.start()
        try running.terminal.type("/help fs.read\r")
        try running.sees(
            after: 4,
            [
                "> /help fs.read", "fs.read  Reads a file.",
                "  runs as thread, risk read, ends after 30 s",
                "  argument  type                    default",
                "  path      text                    required  The file to read.",
                "  lines     whole number, 1 to 100  10        At most so many lines.",
                "  numbers   yes or no               false", "Example: fs.read path=README.md", ">",
            ])
        try running.quit()
    }

    @Test func `what is not understood is said, and typing goes on`() throws {
        let running = try Self.start()
        try running.terminal.type("/quti\r")
        try running.sees(
            after: 4, ["> /quti", "there is no command \"/quti\"; did you mean \"/quit\"?", ">"])
        try running.terminal.type("/quit\r")
        #expect(try running.ended() == 0)
    }

    @Test func `a kernel that goes away is noticed`() throws {
        let running = try Self.start()
        running.kernel.close()
        #expect(try running.ended() == 1)
        try running.sees { $0.last == "The kernel has gone away." }
    }

    @Test func `leaving cancels what runs`() throws {
        let running = try Self.start([
            "art.ping": { kernel, request, _ in
                kernel.started(request, call: 3)
                kernel.printed(request, "begun\n")
            }
        ])
        try running.terminal.type("art.ping\r")
        // What is shown came after the number of the call.
        try running.sees { $0.contains("begun") }
        try running.terminal.type("\u{4}")
        #expect(try running.kernel.waitFor(CancelCall.method).params == ["call": 3])
        #expect(try running.ended() == 0)
        try running.sees { $0.last == "Cancelled: art.ping." }
    }

    @Test func `lines are remembered from one time to the next`() throws {
        let folder = try TemporaryFolder("history")
        for round in 0..<2 {
            let running = try Running(FakeKernel(), history: folder.file("history"))
            try running.start()
            if round == 0 {
                try running.terminal.type("/tasks\r")
                try running.sees { $0.suffix(2) == ["No call is running.", ">"] }
            } else {
                try running.terminal.type("\u{1B}[A")
                try running.sees { $0.last == "> /tasks" }
            }
            try running.quit()
        }
    }
}
