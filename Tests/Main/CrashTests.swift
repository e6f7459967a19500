import Glibc
import KernelSystem
import KernelTesting
import ModuleJSON
import Testing

/// Code of a module takes the kernel's process along: who is blamed, and what comes after.
@Suite(.timeLimit(.minutes(5)))
struct CrashTests {
    private let home: KernelHome

    init() throws {
        home = try KernelHome()
    }

    struct Case: Sendable, CustomTestStringConvertible {
        let how: String
        var mode = "thread"
        let failure: String
        var evidence = "breadcrumb"
        var activity = "crashes.thread (call 1)"
        /// A function of the module that must be on the stack, if it is not left by a jump.
        var function: String?

        var testDescription: String { "\(mode) \(how)" }
    }

    private static let own = "a thread of its own"
    private static let queued = "crashes: work that it had queued"
    private static let cases = [
        Case(how: "segv", failure: "signal", function: "segv"),
        Case(
            how: "segv", mode: "main", failure: "signal", activity: "crashes.main (call 1)",
            function: "segv"),
        Case(how: "trap", failure: "trap", function: "trap"),
        Case(how: "divide", failure: "signal", function: "divide"),
        Case(how: "bad call", failure: "signal", function: "crashes_call"),
        Case(how: "overflow", failure: "stack overflow", function: "overflow"),
        Case(
            how: "overflow", mode: "main", failure: "stack overflow",
            activity: "crashes.main (call 1)", function: "overflow"),
        Case(how: "double free", failure: "abort", function: "crashes_call"),
        Case(how: "abort", failure: "abort", function: "crashes_call"),
        Case(how: "exit", failure: "exit", function: "crashes_call"),
        Case(how: "_exit", failure: "exit", function: "crashes_call"),
        Case(
            how: "own thread", failure: "signal", evidence: "address", activity: own,
            function: "segv"),
        Case(
            how: "own abort", failure: "abort", evidence: "address", activity: own,
            function: "on_own_thread"),
        Case(how: "job", failure: "signal", activity: queued, function: "segv"),
        Case(how: "main job", failure: "abort", activity: queued),
    ]

    @Test(arguments: cases)
    func `the module that takes the kernel along is named and kept out of it`(
        crash: Case
    ) throws {
        try home.installTrusted("crashes")
        let live = try LiveTerminal(home)
        try live.waitForPrompt()
        try home.waitForWholeCopy(of: "crashes")
        try live.type("crashes.\(crash.mode) \(crash.how)")
        let report = try live.report()
        #expect(report["failure"]?.string == crash.failure)
        #expect(report["evidence"]?.string == crash.evidence)
        #expect(report["blamed"]?["module"]?.string == "crashes")
        #expect(report["blamed"]?["activity"]?.string == crash.activity)
        let functions = report["stack"]?.array?.compactMap { $0["symbol"]?.string } ?? []
        if let function = crash.function { #expect(functions.contains(function), "\(functions)") }
        let interrupted = report["interrupted"]?.array?.compactMap { $0["what"]?.string }
        #expect(interrupted == ["crashes.\(crash.mode) (call 1)"])

        try live.waitForPrompt(2)
        let screen = try live.wait { $0.last == ">" }
        #expect(screen.contains { $0.contains("crashed the kernel in \(crash.activity)") })
        #expect(screen.contains { $0.contains("report: ") })
        // Its tasks run in processes from now on, where it does no harm.
        try live.type("crashes.\(crash.mode) segv")
        try live.waitForLine(with: "its process was ended by SIGSEGV (a crash) while")
        try live.type("crashes.\(crash.mode)")
        try live.waitForLine(with: "alive")
        try live.type("/quit")
        #expect(try live.waitForEnd() == .exited(code: 0))
        #expect(!live.terminal.isRaw)
    }

    /// A definition of the fixture, what is typed, and what the module was at.
    @Test(arguments: [
        ("HAZARD_CONSTRUCTOR=if(in_kernel())crash()", "open the library"),
        ("HAZARD_CREATE=if(in_kernel())crash()", "create an instance"),
        ("HAZARD_CONFIGURE=if(in_kernel())crash()", "configure"),
        ("HAZARD_START=if(in_kernel())crash()", "start"),
    ])
    func `a crash on the way into service is blamed on its step`(
        definition: String, step: String
    ) throws {
        try home.installTrusted("hazard", id: "fixture", defining: [definition])
        let live = try LiveTerminal(home)
        try live.waitForPrompt()
        try live.type("fixture.answer")
        let report = try live.report()
        #expect(report["blamed"]?["activity"]?.string == "fixture: \(step)")
        try live.waitForPrompt(2)
    }

    @Test(arguments: [
        (["HAZARD_SAVE=if(in_kernel())crash()"], "save the state"),
        (["HAZARD_SAVE=", "HAZARD_LOAD=if(in_kernel())crash()"], "restore the state"),
    ])
    func `a crash at a reload is blamed on its step`(definitions: [String], step: String) throws {
        let all = definitions + [#"FIXTURE_EXTRA=",\"state\":{\"version\":1}""#]
        try home.installTrusted("hazard", id: "fixture", defining: all)
        let live = try LiveTerminal(home)
        try live.waitForPrompt()
        try live.type("fixture.answer")
        try live.waitForLine(with: "one")
        try home.installTrusted("hazard", id: "fixture", defining: all + ["FIXTURE_ANSWER=\"two\""])
        let report = try live.report()
        #expect(report["blamed"]?["activity"]?.string == "fixture: \(step)")
        try live.waitForPrompt(2)
    }

    @Test func `a crash at the end is reported, and starts no other kernel`() throws {
        try home.installTrusted(
            "hazard", id: "fixture", defining: ["HAZARD_STOP=if(in_kernel())crash()"])
        let live = try LiveTerminal(home)
        try live.waitForPrompt()
        try live.type("fixture.answer")
        try live.waitForLine(with: "one")
        try live.type("/quit")
        #expect(try live.waitForEnd() == .killed(signal: SIGSEGV))
        #expect(!live.terminal.isRaw)
        #expect(try live.report()["blamed"]?["activity"]?.string == "fixture: stop")
        let next = try LiveTerminal(home)
        try next.waitForPrompt()
        try next.waitForLine(with: "crashed the kernel in fixture: stop")
    }

    @Test func `a main loop that is held for too long ends the kernel like a crash`() throws {
        try home.installTrusted("crashes", and: "[kernel]\nmain_hang_seconds = 1\n")
        let live = try LiveTerminal(home)
        try live.waitForPrompt()
        try home.waitForWholeCopy(of: "crashes")
        try live.type("crashes.main wait")
        let report = try live.report()
        #expect(report["failure"]?.string == "hang")
        #expect(report["blamed"]?["activity"]?.string == "crashes.main (call 1)")
        let functions = report["stack"]?.array?.compactMap { $0["symbol"]?.string } ?? []
        #expect(functions.contains("rest_for_ever"), "\(functions)")
        try live.waitForPrompt(2)
    }

    @Test func `a script ends with its kernel, and the next one is told`() throws {
        try home.installTrusted("crashes")
        let ended = try home.run(
            ["--dev"], variables: ["KERNEL_NO_PARENT": nil],
            input: .text("crashes.thread segv\ncrashes.process never\n"))
        #expect(ended.status == .killed(signal: SIGSEGV))
        #expect(!ended.output.contains("alive"))
        #expect(ended.errors.contains("in code of crashes"))
        let live = try LiveTerminal(home)
        try live.waitForPrompt()
        try live.waitForLine(with: "crashed the kernel in crashes.thread")
        try live.type("/quit")
        #expect(try live.waitForEnd() == .exited(code: 0))
        let last = try LiveTerminal(home)
        try last.waitForPrompt()
        #expect(try !last.wait { $0.last == ">" }.contains { $0.contains("report: ") })
    }

    @Test func `a build that is made anew comes back into the kernel`() throws {
        try home.installTrusted("crashes")
        let live = try LiveTerminal(home)
        try live.waitForPrompt()
        try live.type("crashes.thread segv")
        try live.waitForPrompt(2)
        try live.type("/modules")
        let why = try live.waitForLine(with: "it crashed the kernel in crashes.thread")
        #expect(!why.contains("it it "))
        try home.installTrusted("crashes", defining: ["FIXTURE_VERSION=\"2.0.0\""])
        try live.waitForLine(with: "crashes 2.0.0 reloaded")
        try live.type("crashes.main segv")
        try live.waitForPrompt(3)
        try live.waitForLine(with: "crashes 2.0.0 (build ")
    }
}
