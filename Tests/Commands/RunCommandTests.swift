import ClientTesting
import KernelClient
import KernelCommands
import KernelSystem
import KernelTesting
import KernelWire
import ModuleJSON
import Testing

@Suite(.timeLimit(.minutes(1)))
struct RunCommandTests {
    /// swift-testing has one too.
    private typealias ExitStatus = KernelCommands.ExitStatus

    private struct Ended {
        var status: ExitStatus
        var output: String
        var errors: String
    }

    private static func capture(_ body: (CommandStreams) throws -> ExitStatus) throws -> Ended {
        let folder = try TemporaryFolder("run")
        let output = try FileDescriptor.open(folder.file("output"), .write, creating: .ifMissing())
        let errors = try FileDescriptor.open(folder.file("errors"), .write, creating: .ifMissing())
        let status = try body(CommandStreams(output: output.raw, errors: errors.raw))
        func text(_ name: String) throws -> String {
            String(decoding: try Files.read(folder.file(name), bytesMax: 1 << 20), as: UTF8.self)
        }
        return Ended(status: status, output: try text("output"), errors: try text("errors"))
    }

    private static func run(
        _ kernel: FakeKernel, _ request: Command.RunRequest
    ) throws -> Ended {
        try capture { streams in
            let command = RunCommand(kernel.transport, request, streams)
            return try soon("the end of the command") { command.run() }
        }
    }

    private static func request(
        _ task: String, _ words: String..., printsOutcome: Bool = false
    ) -> Command.RunRequest {
        var request = Command.RunRequest(task: task, input: .words(words))
        request.printsOutcome = printsOutcome
        return request
    }

    @Test func `a value is printed as it is`() throws {
        let kernel = FakeKernel(tasks: [
            "fs.read": { kernel, request, run in
                kernel.printed(request, "piece")
                kernel.end(request, "text", .string(run.arguments?.text ?? ""))
            },
            "art.ping": { kernel, request, _ in kernel.end(request, "bytes", "AAEC") },
            "art.echo": { kernel, request, run in
                kernel.end(request, "text", .string(run.text ?? ""))
            },
        ])
        let text = try Self.run(kernel, Self.request("fs.read", "a b", "lines=3"))
        #expect(text.status == .ok)
        #expect(text.output == "piece\n{\"lines\":3,\"path\":\"a b\"}\n")
        #expect(text.errors == "")
    }

    @Test func `bytes go to a file as they are`() throws {
        let kernel = FakeKernel(tasks: [
            "art.ping": { kernel, request, _ in kernel.end(request, "bytes", "QUJDAA==") }
        ])
        #expect(try Self.run(kernel, Self.request("art.ping")).output == "ABC\0")
    }

    @Test func `words of a task that takes text are joined`() throws {
        let kernel = FakeKernel(tasks: [
            "art.echo": { kernel, request, run in
                kernel.end(request, "text", .string(run.text ?? ""))
            }
        ])
        #expect(try Self.run(kernel, Self.request("art.echo", "a=b", "c")).output == "a=b c\n")
    }

    @Test(arguments: [
        ("failed", KernelCommands.ExitStatus.failed), ("invalid", .usage), ("not found", .notFound),
        ("denied", .denied), ("deadline", .deadline), ("busy", .failed),
    ])
    func `the exit status says what went wrong`(
        status: String, expected: KernelCommands.ExitStatus
    ) throws {
        let kernel = FakeKernel(tasks: [
            "art.ping": { kernel, request, _ in
                kernel.end(request, "text", "", status: status, message: "that is why")
            }
        ])
        let ended = try Self.run(kernel, Self.request("art.ping"))
        #expect(ended.status == expected)
        #expect(ended.output == "")
        let kind = status == "failed" ? "" : " (\(status))"
        #expect(ended.errors == "art.ping failed\(kind): that is why\n")
    }

    @Test func `the whole outcome is one JSON text`() throws {
        let kernel = FakeKernel(tasks: [
            "art.ping": { kernel, request, _ in
                kernel.printed(request, "piece\n")
                kernel.end(request, "text", "", status: "denied", message: "no")
            }
        ])
        let ended = try Self.run(kernel, Self.request("art.ping", printsOutcome: true))
        #expect(ended.status == .denied)
        let outcome = try JSON(parsing: ended.output).decode(CallAnswer.self)
        #expect(outcome.status == "denied" && outcome.message == "no")
        #expect(ended.errors == "piece\n")
    }

    @Test func `what is not understood never reaches the kernel`() throws {
        let kernel = FakeKernel()
        let usage = try Self.run(kernel, Self.request("fs.read", "pth=x"))
        #expect(usage.status == .usage)
        #expect(
            usage.errors
                == "kernel: fs.read has no argument \"pth\"; did you mean \"path\"?\n")
        #expect(!kernel.asked.contains { $0.method == RunCall.method })
    }

    @Test func `a task that is not there has a status of its own`() throws {
        let ended = try Self.run(FakeKernel(), Self.request("fs.reed"))
        #expect(ended.status == .notFound)
        #expect(
            ended.errors
                == "kernel: the module \"fs\" has no task \"reed\"; did you mean \"read\"?\n")
    }

    @Test func `a task of a module that is not in service has a status of its own`() throws {
        let kernel = FakeKernel(modules: [Samples.failed("broken", "no entry")])
        let ended = try Self.run(kernel, Self.request("broken.work"))
        #expect(ended.status == .outOfService)
        #expect(
            ended.errors
                == "kernel: the module \"broken\" is not in service (failed): no entry\n")
    }

    @Test(arguments: [true, false])
    func `what its module logs is shown to who asks, and nothing else is`(asks: Bool) throws {
        let kernel = FakeKernel(tasks: [
            "art.ping": { kernel, request, _ in
                for module in ["art", "fs"] {
                    let entry = LogEntry(
                        time: "10:00", level: "info", module: module, call: nil, text: "drawing")
                    try? kernel.tell(LogEntry.method, entry)
                }
                kernel.end(request, "text", "done")
            }
        ])
        var request = Self.request("art.ping")
        request.showsLog = asks
        let ended = try Self.run(kernel, request)
        #expect(ended.output == "done\n")
        #expect(ended.errors == (asks ? "art: drawing\n" : ""))
    }

    @Test func `a kernel that goes away is a failure`() throws {
        let kernel = FakeKernel(tasks: ["art.ping": { kernel, _, _ in kernel.close() }])
        let ended = try Self.run(kernel, Self.request("art.ping"))
        #expect(ended.status == .failed)
        #expect(ended.errors == "kernel: the kernel has gone away\n")
    }

    @Test(arguments: [true, false])
    func `an interruption cancels, a second one leaves`(answers: Bool) throws {
        let kernel = FakeKernel(tasks: [
            "art.ping": { kernel, request, _ in kernel.started(request, call: 6) }
        ])
        let ended = try Self.capture { streams in
            let command = RunCommand(kernel.transport, Self.request("art.ping"), streams)
            let status = Condition<ExitStatus?>(nil)
            try SystemThread.start(name: "test run") {
                let result = command.run()
                status.withLock { $0 = result }
                status.broadcast()
            }
            let run = try kernel.waitFor(RunCall.method)
            command.interrupt()
            #expect(try kernel.waitFor(CancelCall.method).params == ["call": 6])
            if answers {
                kernel.end(run.id, "text", "", status: "cancelled", message: "asked to end")
            } else {
                command.interrupt()
            }
            let deadline = SystemClock.monotonicNanoseconds + 10_000_000_000
            return try #require(status.wait(untilNanoseconds: deadline) { $0 })
        }
        #expect(ended.status == .interrupted)
    }

    @Test func `modules are a table, or JSON`() throws {
        let kernel = FakeKernel(modules: [Samples.art, Samples.failed("broken", "no entry")])
        let table = try Self.capture {
            QuestionCommand(
                kernel.transport, Introduction(), printsJSON: false, $0, QuestionCommand.modules
            ).run()
        }
        #expect(
            table.output == """
                module  state    health  home    generation  calls  failed  memory  source
                art     serving          kernel           1      0       0          \
                /modules/art.so
                broken  failed                                   0       0
                broken: no entry

                """)
        let json = try Self.capture {
            QuestionCommand(
                FakeKernel(modules: [Samples.art]).transport, Introduction(), printsJSON: true, $0,
                QuestionCommand.modules
            ).run()
        }
        let modules = try JSON(parsing: json.output).decode([ModuleDescription].self)
        #expect(modules == [Samples.art])
    }
}
