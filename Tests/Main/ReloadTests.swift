import KernelSystem
import KernelTesting
import Testing

/// What somebody who works on a module sees of it.
struct ReloadTests {
    private let home: KernelHome

    init() throws {
        home = try KernelHome()
    }

    private static func task(_ name: String, mode: String = "thread") -> String {
        #"FIXTURE_TASK("\#(name)","\#(mode)")"#
    }

    @Test func `a new build answers the next line, and one line says what came`() throws {
        try home.install(
            "answer", defining: [#"FIXTURE_TASKS=\#(Self.task("answer")) "," \#(Self.task("old"))"#]
        )
        let kernel = try home.start(["--dev"])
        try kernel.type("fixture.answer\n")
        #expect(try kernel.wait(output: "\n") == "one\n")
        try home.install(
            "answer",
            defining: [
                #"FIXTURE_ANSWER="two""#, #"FIXTURE_VERSION="1.1.0""#,
                #"FIXTURE_TASKS=\#(Self.task("answer", mode: "process")) "," \#(Self.task("new"))"#,
            ])
        let line = try kernel.wait(errors: "\n")
        let form =
            /fixture 1\.1\.0 reloaded: generation 2 \([0-9a-f]{8}\) in \d+(\.\d\d)? ms; .*\n/
        #expect(line.wholeMatch(of: form) != nil, "\(line)")
        let isNamed = line.contains("+new") && line.contains("-old") && line.contains("~answer")
        #expect(isNamed, "\(line)")
        let before = kernel.output
        try kernel.type("fixture.answer\nfixture.new\n")
        try kernel.wait(output: "two\ntwo\n", after: before)
        kernel.closeInput()
        #expect(try kernel.waitForEnd().status == .exited(code: 0))
    }

    @Test(arguments: [
        ("HAZARD_CREATE=crash()", "SIGSEGV"), ("HAZARD_CONSTRUCTOR=crash()", "open the library"),
        (#"HAZARD_TEST=say("not well");return MOD_FAILED"#, #""probe: self-test": not well"#),
        ("FIXTURE_MAJOR=99", "abi_major is 99"),
    ])
    func `a bad build is refused with step and reason, and the old one goes on`(
        definition: String, words: String
    ) throws {
        try home.install("hazard", as: "it")
        let kernel = try home.start(["--dev"])
        try kernel.type("fixture.answer\n")
        #expect(try kernel.wait(output: "\n") == "one\n")
        try home.install("hazard", as: "it", defining: [definition])
        let line = try kernel.wait(errors: "\n")
        #expect(line.hasPrefix("fixture: the new build was refused at the step \""), "\(line)")
        #expect(line.contains(words) && line.contains("generation 1 goes on serving"), "\(line)")
        let before = kernel.output
        try kernel.type("fixture.answer\n")
        #expect(try kernel.wait(output: "\n", after: before) == "one\n")
        kernel.closeInput()
        #expect(try kernel.waitForEnd().status == .exited(code: 0))
    }

    @Test func `a file that was cut short is refused, and taken when it is whole`() throws {
        try home.install("answer")
        let kernel = try home.start(["--dev"])
        try kernel.type("fixture.answer\n")
        #expect(try kernel.wait(output: "\n") == "one\n")
        let new = home.folder.file("new.so")
        try Fixture.build("answer", defining: [#"FIXTURE_ANSWER="two""#], to: new)
        let target = Path.join(home.modules, "answer.so")
        try Shell.run("head -c 4000 \(new) > \(new).cut && mv \(new).cut \(target)")
        let refused = try kernel.wait(errors: "\n")
        #expect(refused.contains("cut short") || refused.contains("truncated"), "\(refused)")
        try Shell.run("mv \(new) \(target)")
        try kernel.wait(errors: "reloaded: generation 2")
        let before = kernel.output
        try kernel.type("fixture.answer\n")
        #expect(try kernel.wait(output: "\n", after: before) == "two\n")
        kernel.closeInput()
        #expect(try kernel.waitForEnd().status == .exited(code: 0))
    }

    @Test func `a module that comes and goes is said so`() throws {
        let kernel = try home.start(["--dev"])
        try kernel.type("/tasks\n")
        try kernel.wait(output: "No call is running")
        try home.install("answer")
        try kernel.wait(errors: "fixture 1.0.0 loaded")
        let before = kernel.errors
        try Files.remove(Path.join(home.modules, "answer.so"))
        try kernel.wait(errors: "fixture is out of service", after: before)
        try kernel.type("fixture.answer\n")
        try kernel.wait(errors: "there is no module \"fixture\"", after: before)
        kernel.closeInput()
        // 2, or 1 if the line was sent on before the news of the end came.
        #expect(try kernel.waitForEnd().status != .exited(code: 0))
    }

    @Test func `two files of one module that go together leave nothing in service`() throws {
        try home.install("answer", as: "first")
        try home.install("answer", as: "second")
        let kernel = try home.start(["--dev"])
        try kernel.type("fixture.answer\n")
        try kernel.wait(output: "one\n")
        try Shell.run("rm \(home.modules)/*.so")
        try kernel.wait(errors: "fixture is out of service")
        kernel.closeInput()
        #expect(try kernel.waitForEnd().status == .exited(code: 0))
    }

    @Test func `a reload by hand says what became of it, also in the log`() throws {
        try home.install("answer")
        let kernel = try home.start(["--dev"])
        try kernel.type("fixture.answer\n/module reload fixture\n")
        try kernel.wait(output: "fixture 1.0.0 reloaded: generation 2")
        try kernel.wait(errors: "fixture 1.0.0")
        try kernel.type("/log\n")
        try kernel.wait(output: " info fixture: 1.0.0 ")
        kernel.closeInput()
        #expect(try kernel.waitForEnd().status == .exited(code: 0))
    }
}
