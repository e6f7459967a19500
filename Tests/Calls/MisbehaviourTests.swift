import KernelBase
import KernelBuilds
import KernelGenerations
import KernelLoader
import KernelSystem
import KernelTesting
import Testing

/// Builds that fail at one step: the one before them keeps serving, and the message says which
/// step failed and why.
@Suite(.blocking) struct MisbehaviourTests {
    struct Hazard: Sendable, CustomTestStringConvertible {
        let name: String
        var fixture = "hazard"
        let defining: [String]
        let step: String
        /// What the reason must hold.
        let words: [String]

        var testDescription: String { name }

        init(
            _ name: String, _ defining: [String], step: String, fixture: String = "hazard",
            _ words: String...
        ) {
            self.name = name
            self.defining = defining
            self.step = step
            self.fixture = fixture
            self.words = words
        }
    }

    /// Before the kernel maps anything: in the file or in the probe.
    private static let refusedBeforeUse = [
        Hazard(
            "a constructor crashes", ["HAZARD_CONSTRUCTOR=crash()"],
            step: "probe: open the library",
            "its process was ended by SIGSEGV"),
        Hazard(
            "a constructor aborts", ["HAZARD_CONSTRUCTOR=abort()"], step: "probe: open the library",
            "its process was ended by SIGABRT"),
        Hazard(
            "a constructor ends the process", ["HAZARD_CONSTRUCTOR=_exit(0)"],
            step: "probe: open the library", "its process exited with status"),
        Hazard(
            "a constructor hangs", ["HAZARD_CONSTRUCTOR=hang()"], step: "probe: open the library",
            "no answer within"),
        Hazard(
            "a constructor runs for ever", ["HAZARD_CONSTRUCTOR=spin()"],
            step: "probe: open the library", "no answer within"),
        Hazard(
            "the entry is too small", ["FIXTURE_ENTRY_SIZE=24"],
            step: "probe: agree on the contract", "size is 24", "sizeof(mod_entry)"),
        Hazard(
            "the major version is another", ["FIXTURE_MAJOR=2"],
            step: "probe: agree on the contract", "abi_major is 2, expected 1", "rebuild"),
        Hazard(
            "the magic number is another", ["FIXTURE_MAGIC=1234"],
            step: "probe: agree on the contract", "magic is 0x4d2"),
        Hazard(
            "it needs a later kernel", ["FIXTURE_REQUIRED=9"],
            step: "probe: agree on the contract", "abi_minor_required is 9", "upgrade the kernel"),
        Hazard(
            "it has no tasks capability", ["FIXTURE_NO_TASKS"],
            step: "probe: create an instance", "no capability mod.tasks"),
        Hazard(
            "its module table ends before destroy", ["SIZES=0", "SIZES_WITHOUT_DESTROY"],
            step: "probe: create an instance", fixture: "sizes", "destroy function is null"),
        Hazard(
            "its manifest is not JSON", ["FIXTURE_VERSION=\"\\\"\""],
            step: "probe: read the manifest", "not JSON"),
        Hazard(
            "its manifest is wrong", ["FIXTURE_VERSION=\"one\""],
            step: "probe: read the manifest", "version of the manifest", "1.2.3"),
        Hazard(
            "create fails with a reason",
            ["HAZARD_CREATE=say(\"no such device\");return MOD_FAILED"],
            step: "probe: create an instance", "no such device"),
        Hazard(
            "create returns nothing, silently", ["HAZARD_CREATE=return MOD_FAILED"],
            step: "probe: create an instance", "create() returned null"),
        Hazard(
            "create crashes", ["HAZARD_CREATE=crash()"], step: "probe: create",
            "SIGSEGV"),
        Hazard(
            "configure fails", ["HAZARD_CONFIGURE=say(\"key host is missing\");return MOD_INVALID"],
            step: "probe: configure", "key host is missing"),
        Hazard(
            "configure fails without a reason", ["HAZARD_CONFIGURE=return MOD_INVALID"],
            step: "probe: configure", "the status invalid without a reason"),
        Hazard(
            "configure hangs", ["HAZARD_CONFIGURE=hang()"], step: "probe: create",
            "no answer within"),
        Hazard(
            "the self-test fails", ["HAZARD_TEST=say(\"2 + 2 is 5\");return MOD_FAILED"],
            step: "probe: self-test", "2 + 2 is 5"),
        Hazard(
            "the self-test crashes", ["HAZARD_TEST=crash()"], step: "probe: create",
            "SIGSEGV"),
        Hazard("the self-test hangs", ["HAZARD_TEST=hang()"], step: "probe: create", "no answer"),
    ]

    @Test(arguments: refusedBeforeUse)
    func `a bad build is refused, and the one before it keeps serving`(hazard: Hazard) throws {
        let bench = try KernelBench { $0.loader.probeSeconds = hazard.waits ? 0.5 : 30 }
        try bench.watch()
        try bench.serve("answer")
        let refused = try bench.refusal(hazard.fixture, defining: hazard.defining)
        hazard.check(refused)
        #expect(refused.stillServing == 1)
        #expect(bench.answer == "one")
        #expect(bench.loader.slot("fixture")?.problem == refused.sentence)
        // The next good build is taken as if nothing had been.
        try bench.serve("answer", defining: ["FIXTURE_ANSWER=\"two\""])
        #expect(bench.answer == "two")
        #expect(bench.loader.slot("fixture")?.problem == nil)
    }

    /// As the system does when it is short of memory: the file may never change again.
    @Test(arguments: ["HAZARD_CONSTRUCTOR", "HAZARD_TEST"])
    func `a build whose trial is killed by somebody else is tried once more`(place: String) throws {
        let bench = try KernelBench()
        let flag = bench.folder.file("flag")
        try Files.replace(flag, with: [])
        try bench.watch()
        try bench.install(
            "hazard", defining: ["\(place)=if(!in_kernel()&&access(\"\(flag)\",F_OK)==0)hang()"])
        var probes: [Substring] = []
        try waitFor("the trial") {
            probes = try Shell.run(
                "for zygote in $(pgrep -P \(ProcessFacts.id) kernel-zygote); do "
                    + "pgrep -P $zygote kernel-probe; done; true"
            ).split(separator: "\n")
            return !probes.isEmpty
        }
        try Files.remove(flag)
        for probe in probes { try Shell.run("kill -9 \(probe)") }
        #expect(try bench.nextServing().module == "fixture")
        #expect(bench.answer == "one")
    }

    /// Only where a state is handed over; the one before them keeps a state too.
    private static let refusedWithState = [
        Hazard(
            "restore fails", ["HAZARD_LOAD=say(\"unknown version 3\");return MOD_UNSUPPORTED"],
            step: "probe: restore the state", "unknown version 3"),
        Hazard(
            "restore crashes in the probe", ["HAZARD_LOAD=crash()"], step: "probe: create",
            "SIGSEGV"),
        Hazard(
            "restore is too slow in the probe", ["HAZARD_LOAD=hang()"], step: "probe: create",
            "no answer within"),
        Hazard(
            "restore is too slow in the kernel", ["HAZARD_LOAD=if(in_kernel())hang()"],
            step: "restore the state", "did not return within", "thread is lost"),
        Hazard(
            "restore fails in the kernel only",
            ["HAZARD_LOAD=if(in_kernel()){say(\"not here\");return MOD_FAILED;}"],
            step: "restore the state", "not here"),
        Hazard(
            "start fails in the kernel",
            ["HAZARD_LOAD=", "HAZARD_START=say(\"the port is taken\");return MOD_BUSY"],
            step: "start", "the port is taken"),
        Hazard(
            "start hangs in the kernel", ["HAZARD_LOAD=", "HAZARD_START=hang()"],
            step: "start", "did not return within"),
        Hazard(
            "configure fails in the kernel only",
            ["HAZARD_LOAD=", "HAZARD_CONFIGURE=if(in_kernel())return MOD_INVALID"],
            step: "configure", "without a reason"),
        Hazard(
            "create hangs in the kernel only",
            ["HAZARD_LOAD=", "HAZARD_CREATE=if(in_kernel())hang()"],
            step: "create an instance", "did not return within"),
    ]

    @Test(arguments: refusedWithState)
    func `a build that cannot take the state over is refused, and the old one has it still`(
        hazard: Hazard
    ) throws {
        let bench = try KernelBench { $0.loader.probeSeconds = hazard.waits ? 0.5 : 30 }
        try bench.watch()
        try bench.serve("counter")
        #expect(bench.call("counter.count").text == "1 one")
        let refused = try bench.refusal(
            hazard.fixture,
            defining: hazard.defining + [
                "FIXTURE_ID=\"counter\"", "FIXTURE_EXTRA=\",\\\"state\\\":{\\\"version\\\":1}\"",
            ])
        hazard.check(refused)
        #expect(refused.stillServing == 1)
        #expect(bench.call("counter.count").text == "2 one")
        try bench.serve("counter", defining: ["FIXTURE_ANSWER=\"two\""])
        #expect(bench.call("counter.count").text == "3 two")
    }

    @Test func `a state that is too large is refused by its size`() throws {
        let bench = try KernelBench { $0.loader.stateBytesMax = 4 }
        try bench.watch()
        try bench.serve("counter")
        #expect(bench.call("counter.count").text == "1 one")
        let refused = try bench.refusal("counter", defining: ["FIXTURE_ANSWER=\"two\""])
        #expect(refused.step == "save the state")
        #expect(refused.reason.contains("limit"))
        #expect(bench.call("counter.count").text == "2 one")
    }

    @Test func `an old build whose stop hangs gets no calls, and who calls is told why`() throws {
        let bench = try KernelBench { $0.loader.probeSeconds = 0.5 }
        try bench.watch()
        try bench.serve("hazard", defining: ["HAZARD_STOP=hang()"])
        #expect(bench.answer == "one")
        let refused = try bench.refusal("answer", defining: ["FIXTURE_ANSWER=\"two\""])
        #expect(refused.step == "stop")
        #expect(refused.reason.contains("did not return within 0.5 s"))
        #expect(refused.stillServing == nil)
        #expect(bench.answer.contains("not in service"), "\(bench.answer)")
        #expect(bench.answer.contains("stop has not returned"), "\(bench.answer)")
        let again = try bench.refusal("answer", defining: ["FIXTURE_ANSWER=\"three\""])
        #expect(again.reason.contains("never returned") && again.reason.contains("restart"))
        #expect(bench.answer.contains("not in service"))
    }

    @Test func `a module whose start fails on first use says so to every caller`() throws {
        let bench = try KernelBench()
        try bench.watch()
        try bench.serve("hazard", defining: ["HAZARD_START=say(\"no tty\");return MOD_FAILED"])
        for _ in 1...2 {
            let text = bench.answer
            #expect(text.contains("could not be brought up") && text.contains("no tty"), "\(text)")
        }
        try bench.serve("answer")
        #expect(bench.answer == "one")
    }

    @Test func `a module that hangs on first use does not hold its callers`() throws {
        let bench = try KernelBench()
        try bench.watch()
        try bench.serve("hazard", defining: ["HAZARD_START=hang()"])
        let outcome = bench.call("fixture.answer", timeoutSeconds: 0.2)
        #expect(outcome.status == .deadline)
        #expect(outcome.message.contains("still waited for its turn"))
        // Let the loader not wait for it at the end.
        #expect(bench.loader.slot("fixture")?.current?.callsInFlight == 0)
    }
}

extension MisbehaviourTests.Hazard {
    /// Does the test have to wait until a deadline passes?
    var waits: Bool { defining.contains { $0.contains("hang()") || $0.contains("spin()") } }

    func check(_ refused: LoaderEvent.Refused) {
        #expect(refused.step.hasPrefix(step), "\(refused.sentence)")
        for word in words { #expect(refused.reason.contains(word), "\(refused.sentence)") }
    }
}

/// Tables of other sizes than ours, as later or earlier headers have them.
@Suite(.blocking) struct TableSizeTests {
    @Test(arguments: [-8, 0, 8, 16, 64])
    func `a module built with shorter or longer tables works`(bytes: Int) throws {
        let bench = try KernelBench()
        try bench.install("sizes", defining: ["SIZES=\(bytes)"])
        bench.loader.add([.init(bench.modules, .folder, .user)])
        _ = try bench.nextServing()
        #expect(bench.answer == "one")
    }

    @Test func `a cancel function beyond the end of a short table is never called`() throws {
        let bench = try KernelBench()
        try bench.install("sizes", defining: ["SIZES=-8", "SIZES_DEAF"])
        bench.loader.add([.init(bench.modules, .folder, .user)])
        _ = try bench.nextServing()
        let call = bench.begin("fixture.answer", timeoutSeconds: 0.1)
        #expect(call.wait().status == .deadline)
        #expect(bench.call("fixture.answer", "go").text == "one")
    }
}
