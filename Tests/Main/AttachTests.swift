import KernelSystem
import KernelTesting
import Testing

/// Commands do the same whether a kernel runs or not: with one, it does their work.
@Suite(.timeLimit(.minutes(4)))
struct AttachTests {
    private let home: KernelHome

    init() throws {
        home = try KernelHome()
    }

    /// What it did and said, with a kernel and without.
    private func both(
        _ arguments: [String], input: KernelHome.Input = .file("/dev/null"),
        in folder: String? = nil
    ) throws -> (alone: LiveProgram.Ended, attached: LiveProgram.Ended) {
        let alone = try home.run(arguments, input: input, in: folder)
        let kernel = try home.serve()
        let attached = try home.run(arguments, input: input, in: folder)
        kernel.signal(SignalNumber.terminate)
        #expect(try kernel.waitForEnd().status == .exited(code: 0))
        return (alone, attached)
    }

    private static let commands = [
        ["run", "fs.read", "path=here.txt"], ["run", "fs.read", "here.txt", "bogus=1"],
        ["run", "fs.read", "path=gone.txt"], ["run", "fs.read", "path=/etc/passwd"],
        ["run", "fs.search", "text=I am"], ["run", "fs.search", ".", "text=I am"],
        ["run", "nope.x"], ["run", "fs.reed"], ["run", "fs.stat", "here.txt"],
        ["run", "modes.thread", "word"], ["run", "modes.main", "word"],
        ["run", "modes.process", "word"], ["run", "modes.process", "abort"],
        ["run", "modes.thread", "heed", "--timeout", "0.1"], ["run", "large.process"],
        // It keeps the main loop of the kernel for good, and so is the last.
        ["run", "modes.main", "deaf", "--timeout", "0.1"],
    ]

    @Test func `output and exit status are the same`() throws {
        try home.install("modes")
        try home.install("large")
        try Files.replace(home.folder.file("here.txt"), with: Array("I am here\n".utf8))
        let alone = try Self.commands.map { try home.run($0) }
        let kernel = try home.serve()
        for (arguments, alone) in zip(Self.commands, alone) {
            let attached = try home.run(arguments)
            #expect(attached.status == alone.status, "\(arguments)")
            #expect(attached.output == alone.output, "\(arguments)")
            #expect(attached.errors == alone.errors, "\(arguments)")
        }
        kernel.signal(SignalNumber.terminate)
        #expect(try kernel.waitForEnd().status == .exited(code: 0))
    }

    @Test func `the work is done by the kernel that runs, and it goes on`() throws {
        try home.installTrusted("whereami")
        let kernel = try home.serve()
        for _ in 0..<2 {
            let ended = try home.run(["run", "whereami.here"])
            #expect(ended.output.hasPrefix("thread \(kernel.process) "))
        }
        let modules = try home.run(["modules"]).output.split(separator: "\n")
        let fields = modules.first { $0.hasPrefix("whereami") }?.split(separator: " ")
        #expect(fields?.dropFirst(5).first == "2")
    }

    @Test(arguments: ["heed", "deaf"], [SignalNumber.interrupt, SignalNumber.terminate])
    func `an interrupted command ends its call in the kernel that runs`(
        word: String, signal: Int32
    ) throws {
        try home.install("waiting")
        let kernel = try home.serve()
        let command = try home.start(["run", "waiting.process", word], input: .file("/dev/null"))
        try command.wait(output: "waiting\n")
        command.signal(signal)
        #expect(try command.waitForEnd().status == .exited(code: 130))
        #expect(try home.run([], input: .text("/tasks\n")).output == "No call is running.\n")
        kernel.signal(SignalNumber.terminate)
        #expect(try kernel.waitForEnd().status == .exited(code: 0))
    }

    @Test func `a killed command ends its call in the kernel that runs`() throws {
        try home.install("waiting")
        let kernel = try home.serve()
        let command = try home.start(["run", "waiting.thread", "heed"], input: .file("/dev/null"))
        try command.wait(output: "waiting\n")
        command.signal(SignalNumber.kill)
        _ = try command.waitForEnd()
        try waitFor("the call to end") {
            try home.run([], input: .text("/tasks\n")).output == "No call is running.\n"
        }
        kernel.signal(SignalNumber.terminate)
        _ = try kernel.waitForEnd()
    }

    @Test func `a kernel that is killed is a failure that says so`() throws {
        try home.install("waiting")
        let kernel = try home.serve()
        let command = try home.start(["run", "waiting.thread", "heed"], input: .file("/dev/null"))
        try command.wait(output: "waiting\n")
        kernel.signal(SignalNumber.kill)
        let ended = try command.waitForEnd()
        #expect(ended.status == .exited(code: 1))
        #expect(ended.errors == "kernel: the kernel has gone away\n")
    }

    @Test func `relative paths start where the command was given`() throws {
        let kernel = try home.serve()
        let folder = home.folder.file("deep/er")
        try Files.makeDirectories(folder)
        try Files.replace(Path.join(folder, "x.txt"), with: Array("deep\n".utf8))
        func run(_ arguments: String...) throws -> LiveProgram.Ended {
            try home.run(["run"] + arguments, in: folder)
        }
        #expect(try run("fs.read", "path=x.txt").output == "deep\n")
        #expect(try run("fs.read", "path=../er/x.txt").output == "deep\n")
        #expect(try run("fs.read", "path=\(folder)/x.txt").output == "deep\n")
        #expect(try run("fs.list").output.contains("\"path\": \"\(folder)\""))
        #expect(try run("fs.search", "text=deep").output.hasPrefix("\(folder)/x.txt:1:deep\n"))
        #expect(try run("fs.write", "path=new.txt", "text=hello").status == .exited(code: 0))
        #expect(try Files.read(Path.join(folder, "new.txt"), bytesMax: 10) == Array("hello".utf8))
        let script = try home.run([], input: .text("fs.read x.txt\n"), in: folder)
        #expect(script.output == "deep\n" && script.errors == "")
        kernel.signal(SignalNumber.terminate)
        _ = try kernel.waitForEnd()
    }

    @Test func `a script attaches, and leaves the kernel running`() throws {
        try Files.replace(home.folder.file("here.txt"), with: Array("I am here\n".utf8))
        let (alone, attached) = try both(
            [], input: .text("fs.read here.txt\n/frob\nfs.read gone\n/quit\n"))
        #expect(attached.status == alone.status && attached.status == .exited(code: 2))
        #expect(attached.output == alone.output && attached.output == "I am here\n")
        #expect(attached.errors == alone.errors)
    }

    @Test func `a module is loaded again by the kernel that runs`() throws {
        try home.install("answer")
        let refused = try home.run(["module", "reload", "fixture"])
        #expect(refused.status == .exited(code: 1))
        #expect(refused.errors.contains("no kernel is running"))
        let kernel = try home.serve()
        let ended = try home.run(["module", "reload", "fixture"])
        #expect(ended.status == .exited(code: 0), "\(ended.errors)")
        #expect(ended.output.hasPrefix("fixture 1.0.0 reloaded: generation 2"))
        try kernel.wait(errors: "fixture 1.0.0 reloaded: generation 2")
        let unknown = try home.run(["module", "reload", "nope"])
        #expect(unknown.status == .exited(code: 3) && unknown.errors.contains("\"nope\""))
    }

    @Test func `another configuration than that of the kernel that runs is refused`() throws {
        let kernel = try home.serve()
        let file = home.folder.file("other.toml")
        try Files.replace(file, with: [])
        let ended = try home.run(["--config", file, "run", "fs.list"])
        #expect(ended.status == .exited(code: 1))
        #expect(ended.errors.contains(file) && ended.errors.contains("\(kernel.process)"))
        try home.configure("")
        #expect(
            try home.run(["--config", home.configuration, "run", "fs.list"]).status
                == .exited(code: 0))
    }

    @Test func `a kernel waits for commands that work alone, and they do not for each other`()
        throws
    {
        try home.install("waiting")
        let commands = try (0..<2).map { _ in
            try home.start(["run", "waiting.thread", "heed"], input: .file("/dev/null"))
        }
        for command in commands { try command.wait(output: "waiting\n") }
        let kernel = try home.start(["serve"], input: .file("/dev/null"))
        try kernel.wait(errors: "waiting for commands that are at work")
        for command in commands {
            command.signal(SignalNumber.interrupt)
            #expect(try command.waitForEnd().status == .exited(code: 130))
        }
        try kernel.wait(errors: "is ready")
    }

    @Test func `commands and REPLs reach a kernel that was started with its REPL`() throws {
        try home.installTrusted("whereami")
        let first = try home.start(["--dev"])
        try first.type("/tasks\n")
        try first.wait(output: "No call is running")
        let ended = try home.run(["--dev", "run", "whereami.here"])
        #expect(ended.output.hasPrefix("thread \(first.process) "))
        let script = try home.run(["--dev"], input: .text("whereami.here\n"))
        #expect(script.output.hasPrefix("thread \(first.process) "))
        first.closeInput()
        #expect(try first.waitForEnd().status == .exited(code: 0))
        let alone = try home.run(["--dev", "run", "whereami.here"])
        #expect(!alone.output.hasPrefix("thread \(first.process) "))
    }
}
