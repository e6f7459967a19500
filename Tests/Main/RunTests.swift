import KernelSystem
import KernelTesting
import Testing

/// `kernel run`, from the command line to the exit status.
struct RunTests {
    private let home: KernelHome

    init() throws {
        home = try KernelHome()
    }

    @Test(arguments: [
        ("fs.read path=here.txt", 0, ""), ("fs.reed path=here.txt", 3, "did you mean \"read\""),
        ("nope.x", 3, "there is no module \"nope\""), ("fs.read", 2, "\"path\" is missing"),
        ("fs.read path=gone.txt", 3, "gone.txt"), ("fs.read path=/etc/passwd", 4, "outside"),
        ("fs.read path=here.txt first=x", 2, "\"first\" must be a whole number"),
        ("fs.read path=here.txt bogus=1", 2, "has no argument \"bogus\""),
    ])
    func `the exit status says how a task ended`(
        line: String, status: Int32, errors: String
    ) throws {
        try Files.replace(home.folder.file("here.txt"), with: Array("I am here\n".utf8))
        let ended = try home.run(["run"] + line.split(separator: " ").map(String.init))
        #expect(ended.status == .exited(code: status), "\(ended.errors)")
        #expect(ended.output == (status == 0 ? "I am here\n" : ""))
        #expect(status == 0 ? ended.errors == "" : ended.errors.contains(errors))
    }

    @Test(arguments: ["main", "thread", "process"])
    func `a deadline ends a task that heeds it and one that does not`(mode: String) throws {
        try home.install("modes")
        for word in ["heed", "deaf"] {
            let ended = try home.run(["run", "modes.\(mode)", word, "--timeout", "0.1"])
            #expect(ended.status == .exited(code: 5), "\(ended.errors)")
            #expect(ended.errors.contains("deadline"))
        }
    }

    @Test(arguments: ["main", "thread", "process"])
    func `an interrupt ends a task that heeds it and one that does not`(mode: String) throws {
        try home.install("waiting")
        for word in ["heed", "deaf"] {
            let program = try home.start(
                ["run", "waiting.\(mode)", word], input: .file("/dev/null"))
            try program.wait(output: "waiting\n")
            program.signal(SignalNumber.interrupt)
            #expect(try program.waitForEnd().status == .exited(code: 130))
        }
    }

    @Test(arguments: [("segv", "SIGSEGV"), ("abort", "SIGABRT"), ("exit", "status 3")])
    func `a crash in a process is reported by its cause`(word: String, cause: String) throws {
        try home.install("modes")
        let ended = try home.run(["run", "modes.process", word])
        #expect(ended.status == .exited(code: 1))
        #expect(ended.errors.contains("modes.process") && ended.errors.contains(cause))
        #expect(!ended.errors.contains("failed (failed)"))
    }

    @Test func `a crash in the kernel says what it was and where such a task belongs`() throws {
        try home.installTrusted("modes")
        let ended = try home.run(["run", "modes.thread", "segv"])
        #expect(ended.status == .killed(signal: 11))
        #expect(ended.errors.contains("SIGSEGV") && ended.errors.contains("mode process"))
    }

    @Test(arguments: ["thread", "process"])
    func `a result of megabytes comes whole, and to a reader that leaves`(mode: String) throws {
        try home.install("large")
        let ended = try home.run(["run", "large.\(mode)"])
        #expect(ended.status == .exited(code: 0))
        #expect(ended.output.utf8.count >= 3_000_000)
        #expect(ended.output.hasSuffix("00099999\n"))
        let kernel = try Program.built("kernel")
        let line = "\(kernel) run large.\(mode) | head -1; echo ${PIPESTATUS[0]}"
        let cut = try home.start(program: "/bin/bash", ["-c", line]).waitForEnd()
        #expect(cut.output == String(repeating: "0", count: 29) + "\n0\n")
        #expect(cut.errors == "")
    }

    @Test func `bytes reach a file as they are`() throws {
        try home.install("modes")
        let ended = try home.run(["run", "modes.thread", "one", "two"])
        #expect(ended.output == "one two")
    }
}
