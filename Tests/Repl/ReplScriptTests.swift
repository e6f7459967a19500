import ClientTesting
import Glibc
import KernelClient
import KernelRepl
import KernelSystem
import KernelTesting
import KernelWire
import ModuleJSON
import Testing

/// The REPL without a terminal: strictly one line after the other, results on the one descriptor,
/// everything else on the other.
@Suite(.timeLimit(.minutes(1)))
struct ReplScriptTests {
    private struct Ended {
        var status: Int32
        var output: String
        var errors: String
    }

    private static func run(
        _ kernel: FakeKernel, _ script: String,
        meanwhile: @Sendable (Repl) throws -> Void = { _ in }
    ) throws -> Ended {
        let folder = try TemporaryFolder("script")
        try Files.replace(folder.file("input"), with: Array(script.utf8))
        let input = try FileDescriptor.open(folder.file("input"), .read)
        let output = try FileDescriptor.open(folder.file("output"), .write, creating: .ifMissing())
        let errors = try FileDescriptor.open(folder.file("errors"), .write, creating: .ifMissing())
        var options = ReplOptions()
        options.input = input.raw
        options.output = output.raw
        options.errors = errors.raw
        let repl = try Repl(kernel.transport, options)
        let status = Condition<Int32?>(nil)
        try SystemThread.start(name: "test repl") {
            let result = repl.run()
            status.withLock { $0 = result }
            status.broadcast()
        }
        try meanwhile(repl)
        let deadline = SystemClock.monotonicNanoseconds + 20_000_000_000
        let ended = try #require(status.wait(untilNanoseconds: deadline) { $0 })
        return Ended(
            status: ended, output: try text(folder.file("output")),
            errors: try text(folder.file("errors")))
    }

    private static func text(_ path: String) throws -> String {
        String(decoding: try Files.read(path, bytesMax: 1 << 20), as: UTF8.self)
    }

    private static let answers: [String: FakeKernel.Answer] = [
        "fs.read": { kernel, request, run in
            guard run.arguments?["path"]?.string == "README.md" else {
                return kernel.end(
                    request, "text", "", status: "not found", message: "there is no such file")
            }
            kernel.end(request, "text", "# Read me\n")
        },
        "fs.list": { kernel, request, _ in
            kernel.printed(request, "one\ntw")
            kernel.printed(request, "o")
            kernel.progressed(request, 0.5, "halfway")
            kernel.end(request, "json", ["count": 2])
        },
        "art.echo": { kernel, request, run in kernel.end(request, "text", .string(run.text ?? ""))
        },
        "art.ping": { kernel, request, _ in kernel.end(request, "bytes", "AAECA0FC") },
    ]

    @Test func `results go to the output, one after the other`() throws {
        let kernel = FakeKernel(tasks: Self.answers)
        let ended = try Self.run(
            kernel, "fs.read README.md\n# nothing\n\nfs.list\nart.echo hi  there\nart.ping")
        #expect(ended.status == 0)
        #expect(
            ended.output == """
                # Read me
                one
                two
                {
                  "count": 2
                }
                hi  there
                6 bytes
                00000000  00 01 02 03 41 42                                ....AB

                """)
        #expect(ended.errors == "")
    }

    @Test func `a failure is said elsewhere, and the rest still runs`() throws {
        let kernel = FakeKernel(tasks: Self.answers)
        let ended = try Self.run(kernel, "fs.read nothing\nart.echo after\n")
        #expect(ended.status == 1)
        #expect(ended.output == "after\n")
        #expect(ended.errors == "fs.read failed (not found): there is no such file\n")
    }

    @Test func `a line that is not understood counts more than one that failed`() throws {
        let kernel = FakeKernel(tasks: Self.answers)
        let ended = try Self.run(kernel, "/frob\nfs.read nothing\nart.echo after\n")
        #expect(ended.status == 2)
        #expect(ended.output == "after\n")
        #expect(ended.errors.hasPrefix("there is no command \"/frob\"; /help lists all\nfs.read"))
    }

    @Test func `an empty input is no problem`() throws {
        let ended = try Self.run(FakeKernel(), "")
        #expect(ended.status == 0)
        #expect(ended.output + ended.errors == "")
    }

    @Test func `a script is told what failed to load, and of events`() throws {
        let kernel = FakeKernel(
            modules: [Samples.art, Samples.failed("broken", "the entry is missing")],
            tasks: [
                "art.ping": { kernel, request, _ in
                    try? kernel.tell(
                        KernelNews.method,
                        KernelNews(
                            event: "build failed", text: "art: the build failed",
                            details: ["Art.swift:3: error: no"], tone: "error"))
                    try? kernel.tell(LogEntry.method, FakeKernel.logEntry)
                    var info = FakeKernel.logEntry
                    info.level = "info"
                    try? kernel.tell(LogEntry.method, info)
                    kernel.end(request, "text", "pong")
                }
            ])
        let ended = try Self.run(kernel, "art.ping")
        #expect(ended.status == 0)
        #expect(ended.output == "pong\n")
        #expect(
            ended.errors == """
                broken is not in service: the entry is missing
                art: the build failed
                  Art.swift:3: error: no
                fs warning: slow disk

                """)
    }

    @Test func `quit ends a script`() throws {
        let kernel = FakeKernel(tasks: Self.answers)
        let ended = try Self.run(kernel, "art.echo one\n/quit\nart.echo two\n")
        #expect(ended.status == 0)
        #expect(ended.output == "one\n")
    }

    @Test func `a module that came later is found`() throws {
        let kernel = FakeKernel(
            modules: [Samples.files],
            tasks: [
                "fs.list": { kernel, request, _ in
                    kernel.setModules([Samples.files, Samples.art])
                    kernel.end(request, "text", "")
                },
                "art.echo": Self.answers["art.echo"] ?? { _, _, _ in },
            ])
        let ended = try Self.run(kernel, "fs.list\nart.echo found\n")
        #expect(ended.status == 0)
        #expect(ended.output == "found\n")
    }

    @Test func `commands ask the kernel`() throws {
        let ended = try Self.run(
            FakeKernel(), "/tasks\n/config\n/log 3 fs\n/cancel 9\n/module reload fs\n/modules\n")
        #expect(ended.status == 0)
        #expect(
            ended.output == """
                No call is running.
                [log]
                level = "info"
                12:00:01 warning fs (call 7): slow disk
                Call 9 is asked to end.
                fs 1.0.0 reloaded
                module  state    health  home     generation  calls  failed  memory  source
                art     serving          kernel            1      0       0          \
                /modules/art.so
                fs      serving          process           1      0       0          \
                /modules/fs.so

                """)
    }

    @Test func `an interruption cancels the call and ends the script`() throws {
        let kernel = FakeKernel(tasks: [
            "art.ping": { kernel, request, _ in
                kernel.started(request, call: 77)
            }
        ])
        let ended = try Self.run(kernel, "art.ping\nart.echo after\n") { repl in
            let run = try kernel.waitFor(RunCall.method)
            repl.interrupt()
            #expect(try kernel.waitFor(CancelCall.method).params == ["call": 77])
            kernel.end(run.id, "text", "", status: "cancelled", message: "asked to end")
        }
        #expect(ended.status == Repl.interrupted)
        #expect(ended.output == "")
        #expect(
            ended.errors == "Cancelling art.ping.\nart.ping failed (cancelled): asked to end\n")
    }

    @Test func `a kernel that goes away ends a script`() throws {
        let kernel = FakeKernel(tasks: ["art.ping": { kernel, _, _ in kernel.close() }])
        let ended = try Self.run(kernel, "art.ping\nart.echo after\n")
        #expect(ended.status == 1)
        #expect(
            ended.errors
                == "art.ping is lost: the kernel has gone away\nThe kernel has gone away.\n")
    }
}
