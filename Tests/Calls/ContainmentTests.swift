import KernelBase
import KernelBuilds
import KernelHosting
import KernelLoader
import KernelResidence
import KernelStore
import KernelSystem
import KernelTesting
import KernelWorkers
import Testing

@testable import KernelCalls
@testable import KernelGenerations

/// Builds that fail again and again: what it costs, and what ends it.
@Suite(.blocking) struct ContainmentTests {
    private static let state = "FIXTURE_EXTRA=\",\\\"state\\\":{\\\"version\\\":1}\""

    private func bench(
        isolated: Bool = true, _ change: (inout KernelBench.Options) -> Void = { _ in }
    ) throws -> KernelBench {
        let bench = try KernelBench {
            if isolated { $0.isolate() }
            $0.policy.failuresMax = 3
            $0.policy.waitSeconds = 0.02
            $0.policy.quarantineSeconds = 600
            $0.dispatcher.graceSeconds = 0.2
            $0.loader.residents.hangSeconds = 0.2
            change(&$0)
        }
        try bench.watch()
        return bench
    }

    private static func tasks(_ list: (name: String, mode: String)...) -> String {
        "HAZARD_TASKS="
            + list.map { #"FIXTURE_TASK("\#($0.name)","\#($0.mode)")"# }.joined(separator: #"",""#)
    }

    /// Calls until the module is quarantined; returns what the last call was told.
    private func provoke(_ bench: KernelBench) throws -> CallOutcome {
        for _ in 1..<3 {
            let outcome = bench.call("fixture.answer")
            #expect(outcome.status == .failed, "\(outcome.message)")
            #expect(outcome.message.contains("started again"), "\(outcome.message)")
            let generation = try #require(bench.loader.slot("fixture")?.current)
            try waitFor("the restart") { generation.instanceIfPresent != nil }
        }
        return bench.call("fixture.answer")
    }

    // MARK: Quarantine

    @Test func `a crash loop ends in quarantine, which says why, and is lifted by hand`() throws {
        let bench = try bench()
        try bench.serve("hazard", defining: ["HAZARD_CALL=crash()"])
        let last = try provoke(bench)
        #expect(last.message.contains("it is quarantined for another 10 min"), "\(last.message)")
        let refused = bench.call("fixture.answer")
        #expect(refused.status == .busy)
        for words in [
            "fixture is quarantined for another 10 min",
            "3 times within 5 min it ended its process during a call", "SIGSEGV",
            "(a rebuilt file or /module lift fixture ends that)",
        ] {
            #expect(refused.message.contains(words), "\(refused.message)")
        }
        #expect(bench.loader.slot("fixture")?.current?.rest?.isQuarantine == true)
        #expect(bench.loader.lift("fixture", by: "a test") == .lifted)
        #expect(bench.call("fixture.answer").message.contains("SIGSEGV"))
        #expect(bench.loader.lift("fixture", by: "a test") == .nothing)
        #expect(bench.loader.lift("fixtrue", by: "a test") == .unknownModule)
    }

    @Test func `a rebuilt file ends a quarantine, and the same file again does not`() throws {
        let bench = try bench()
        try bench.serve("hazard", defining: ["HAZARD_CALL=crash()"])
        _ = try provoke(bench)
        #expect(bench.loader.reload("fixture"))
        _ = try bench.nextServing()
        #expect(bench.call("fixture.answer").message.contains("quarantined"))
        try bench.serve("hazard", defining: ["FIXTURE_ANSWER=\"two\""])
        #expect(bench.answer == "two")
    }

    @Test(arguments: [
        ("touched", "touch module.so"), ("renamed", "mv module.so other.so"),
        ("made anew as it was", "cp module.so fresh; mv fresh module.so"),
        ("written anew as it was", "cp module.so x; cat x > module.so; rm x"),
    ])
    func `a quarantined build stays out when its file is the same in another way`(
        how: String, command: String
    ) throws {
        let bench = try bench()
        try bench.serve("hazard", defining: ["HAZARD_CALL=crash()"])
        _ = try provoke(bench)
        try Shell.run(command, in: bench.modules)
        try bench.barrier()
        try waitFor("the file to be known") { bench.loader.slot("fixture")?.current != nil }
        #expect(bench.call("fixture.answer").message.contains("quarantined"), "\(how)")
        #expect(bench.loader.slot("fixture")?.current?.rest?.isQuarantine == true)
    }

    @Test func `a quarantined build is not run in the kernel either`() throws {
        let place = Toggle()
        let bench = try bench {
            $0.isolation = { _ in
                IsolationDecision(place.isOn ? .kernel : .process, .configuration)
            }
        }
        try bench.serve("hazard", defining: ["HAZARD_CALL=crash()"])
        _ = try provoke(bench)
        place.isOn = true
        bench.loader.applyIsolation()
        _ = try bench.nextServing()
        #expect(bench.call("fixture.answer").message.contains("quarantined"))
    }

    @Test func `a quarantine outlives the kernel`() throws {
        let folder = try TemporaryFolder()
        let build = folder.file("module.so")
        do {
            let store = try SQLiteStore(folder: folder.path)
            defer { store.close() }
            let bench = try bench { $0.records = store.quarantine }
            try bench.serve("hazard", defining: ["HAZARD_CALL=crash()"])
            try Shell.run("cp \(bench.path("module.so")) \(build)")
            _ = try provoke(bench)
        }
        let store = try SQLiteStore(folder: folder.path)
        defer { store.close() }
        let bench = try bench { $0.records = store.quarantine }
        try bench.move(build, to: "renamed.so")
        _ = try bench.nextServing()
        #expect(bench.call("fixture.answer").message.contains("quarantined"))
        let known = try Answer.wait { store.quarantine.list(includingLifted: false, $0) }
        #expect(known.map(\.failureClass) == ["call"])
        #expect(bench.loader.lift("fixture", by: "a test") == .lifted)
        try waitFor("that to be recorded") {
            let left = try? Answer.wait { store.quarantine.list(includingLifted: false, $0) }
            return left?.isEmpty == true
        }
    }

    @Test func `tasks whose processes crash in a loop are quarantined, and the others go on`()
        throws
    {
        let bench = try bench(isolated: false)
        try bench.serve(
            "hazard",
            defining: [
                Self.tasks(("answer", "thread"), ("work", "process"), ("other", "process")),
                "HAZARD_CALL=if(call->task==1)crash()",
            ])
        // One that succeeds in between shows that the build is no loop.
        for _ in 1...5 {
            #expect(bench.call("fixture.work").message.contains("SIGSEGV"))
            #expect(bench.call("fixture.other").text == "one")
        }
        for _ in 1...3 { #expect(bench.call("fixture.work").message.contains("SIGSEGV")) }
        for task in ["work", "other"] {
            let outcome = bench.call("fixture.\(task)")
            #expect(outcome.status == .busy)
            #expect(outcome.message.contains("quarantined for another 10 min"), "\(outcome)")
        }
        #expect(bench.answer == "one")
        #expect(bench.loader.lift("fixture", by: "a test") == .lifted)
        #expect(bench.call("fixture.other").text == "one")
    }

    // MARK: Restarting

    @Test func `a module that does not start any more is tried again, later and later`() throws {
        let bench = try bench { $0.policy.failuresMax = 4 }
        let flag = bench.folder.file("flag")
        try bench.serve(
            "hazard",
            defining: [
                "HAZARD_START=if(access(\"\(flag)\",F_OK)==0){say(\"no port\");return MOD_BUSY;}"
            ])
        #expect(bench.answer == "one")
        try Files.replace(flag, with: [])
        try Shell.run("kill -9 \(try bench.resident().process)")
        _ = try bench.nextEnded()
        for _ in 1...3 { #expect(try bench.nextEnded().reason.contains("no port")) }
        #expect(try bench.nextEnded().consequence.contains("quarantined"))
        #expect(bench.answer.contains("4 times within 5 min it did not start"))
        try Files.remove(flag)
        #expect(bench.loader.lift("fixture", by: "a test") == .lifted)
        #expect(bench.answer == "one")
    }

    @Test func `a start that hangs costs its worker, and no thread of the kernel`() throws {
        let bench = try bench { $0.loader.lifecycleSeconds = 0.3 }
        try bench.serve("hazard", defining: ["HAZARD_START=hang()"])
        let outcome = bench.call("fixture.answer")
        #expect(outcome.message.contains("did not return within 0.3 s; its worker was ended"))
        #expect(bench.lifecycle.counts.abandoned == 0 && bench.pool.counts.abandoned == 0)
    }

    @Test func `a state that crashes the module is given up, with a word`() throws {
        let bench = try bench()
        try bench.serve(
            "hazard", defining: [Self.state, "HAZARD_SAVE=", "HAZARD_LOAD=crash()"])
        #expect(bench.answer == "one")
        let generation = try #require(bench.loader.slot("fixture")?.current)
        try waitFor("the state to be saved") { generation.saved?.bytes != nil }
        try Shell.run("kill -9 \(try bench.resident().process)")
        _ = bench.events.any {
            if case .warning(let text) = $0 { text.contains("lost its state") } else { false }
        }
        try waitFor("the module to be back") { bench.answer == "one" }
    }

    @Test func `work that nobody calls for goes on after a crash`() throws {
        let bench = try bench()
        try bench.serve("hazard", defining: ["HAZARD_START="])
        #expect(bench.answer == "one")
        let generation = try #require(bench.loader.slot("fixture")?.current)
        let process = try bench.resident().process
        try Shell.run("kill -9 \(process)")
        try waitFor("it to be back without a call") {
            let resident = generation.instanceIfPresent as? Resident
            return resident.map { $0.process != process && $0.isActive } ?? false
        }
    }

    @Test func `a build whose worker crashes soon after is taken back with the state`() throws {
        let bench = try bench { $0.loader.probationSeconds = 600 }
        try bench.serve("counter")
        for count in 1...2 { #expect(bench.call("counter.count").text == "\(count) one") }
        try bench.serve("counter", defining: ["FIXTURE_ANSWER=\"two\""])
        #expect(bench.call("counter.count").text == "3 two")
        let generation = try #require(bench.loader.slot("counter")?.current)
        try waitFor("the state to be saved") { generation.saved?.bytes.first == 3 }
        try Shell.run("kill -SEGV \(try bench.resident("counter").process)")
        #expect(try bench.nextReturned().contains("SIGSEGV"))
        #expect(bench.call("counter.count").text == "4 one")
    }

    @Test func `a new build whose worker is killed by somebody else stays`() throws {
        let bench = try bench { $0.loader.probationSeconds = 600 }
        try bench.serve("counter")
        #expect(bench.call("counter.count").text == "1 one")
        try bench.serve("counter", defining: ["FIXTURE_ANSWER=\"two\""])
        #expect(bench.call("counter.count").text == "2 two")
        let generation = try #require(bench.loader.slot("counter")?.current)
        try waitFor("the state to be saved") { generation.saved?.bytes.first == 2 }
        try Shell.run("kill -9 \(try bench.resident("counter").process)")
        #expect(try bench.nextEnded().consequence == "started again")
        #expect(bench.call("counter.count").text == "3 two")
    }

    @Test func `an old build that hangs at its end leaves what was last saved to the next`() throws
    {
        let bench = try bench { $0.loader.lifecycleSeconds = 0.5 }
        try bench.serve(
            "hazard",
            defining: [Self.state, "HAZARD_SAVE=", "HAZARD_LOAD=", "HAZARD_STOP=hang()"])
        #expect(bench.answer == "one")
        let generation = try #require(bench.loader.slot("fixture")?.current)
        try waitFor("the state to be saved") { generation.saved?.bytes != nil }
        let load =
            "HAZARD_LOAD=if(state.length!=5||memcmp(state.bytes,\"state\",5))return MOD_INVALID"
        try bench.serve(
            "hazard", defining: [Self.state, "HAZARD_SAVE=", load, "FIXTURE_ANSWER=\"two\""])
        #expect(bench.answer == "two")
        let warned = bench.events.any {
            if case .warning(let text) = $0 { text.contains("last saved") } else { false }
        }
        #expect(warned != nil)
    }

    // MARK: Too much of something

    struct Excess: Sendable {
        let call: String
        let words: String
        let kind: String
    }

    /// A build that watches memory reads it too slowly.
    private static let prints = Excess(
        call: "static char b[65536];for(;;)if(write(1,b,sizeof b)<0)break",
        words: "printed and reported more than 32 MiB", kind: "flooded its output")

    private static let excesses = [
        Excess(
            call: "static char b[65536];for(;;)"
                + "fixture_host->log(fixture_host->context,2,0,(mod_text){b,sizeof b})",
            words: "printed and reported more than 32 MiB", kind: "flooded its output"),
        Excess(
            call: "for(int i=0;i<300;i++)dup(1)",
            words: "more than 256 files and sockets open",
            kind: "opened too many files"),
        Excess(call: "hang()", words: "did not heed being asked to end", kind: "hung"),
    ]

    @Test(arguments: excesses + SanitizerBuild.without([prints]))
    func `a module that takes too much is ended, by name of what`(excess: Excess) throws {
        let bench = try bench {
            $0.policy.failuresMax = 1
        }
        try bench.serve("hazard", defining: ["HAZARD_CALL=\(excess.call)"])
        let isHang = excess.kind == "hung"
        // Who floods and is not heeded meanwhile would count as hanging.
        _ = bench.begin("fixture.answer", timeoutSeconds: isHang ? 5 : 50)
        if isHang { _ = bench.call("fixture.answer", timeoutSeconds: 0.1) }
        #expect(try bench.nextEnded().reason.contains(excess.words))
        try waitFor("the quarantine") { bench.answer.contains(excess.kind) }
    }

    @Test func `whoever watches the memory of workers ends one with its reason`() throws {
        let bench = try bench { $0.policy.failuresMax = 1 }
        try bench.serve("answer")
        #expect(bench.answer == "one")
        try bench.resident().worker.leash.end(
            Overrun(.machine, "it used 300 MiB, more than 256 MiB"))
        #expect(try bench.nextEnded().reason.contains("it used 300 MiB"))
        #expect(bench.answer.contains("used more of the machine"))
    }

    @Test func `a worker that takes nothing in does not hold whoever calls it`() throws {
        let bench = try bench()
        try bench.serve("modes")
        #expect(bench.call("modes.thread").succeeded)
        let process = try bench.resident("modes").process
        try Shell.run("kill -STOP \(process)")
        let text = String(repeating: "x", count: 60_000)
        let calls = (0..<200).map { _ in bench.begin("modes.thread", text, timeoutSeconds: 0.1) }
        // The first may have been read before the worker stood still, and what came after its
        // end may have gone to the next one.
        let ends = Set(calls.map { $0.wait().status })
        #expect(ends.contains(.deadline) && ends.isSubset(of: [.ok, .deadline, .failed]))
        try waitFor("the worker to end") { !Files.exists("/proc/\(process)") }
        try waitFor("another") { bench.call("modes.thread").succeeded }
    }

    // MARK: The kernel's own measures

    @Test
    func `a build that did harm in the kernel lives in a process until it is rebuilt or lifted`()
        throws
    {
        let bench = try bench(isolated: false)
        try bench.serve("counter")
        #expect(bench.call("counter.count").text == "1 one")
        let slot = try #require(bench.loader.slot("counter"))
        let hash = try #require(slot.current?.build.hash)
        bench.loader.isolate(module: "counter", build: hash, because: "crashed the kernel")
        _ = try bench.nextServing()
        guard case .containment(let why)? = slot.current?.home.reason else {
            Issue.record("it is in a process for another reason")
            return
        }
        #expect(why.contains(" it crashed the kernel; a rebuilt file or "), "\(why)")
        #expect(slot.current?.instanceIfPresent?.isElsewhere == true)
        // It does not come back into the kernel because it fails there too.
        try Shell.run("kill -9 \(try bench.resident("counter").process)")
        #expect(try bench.nextEnded().consequence == "started again")
        #expect(bench.call("counter.count").text == "2 one")
        #expect(slot.current?.instanceIfPresent?.isElsewhere == true)
        #expect(bench.loader.lift("counter", by: "a test") == .lifted)
        _ = try bench.nextServing()
        #expect(slot.current?.instanceIfPresent?.isElsewhere == false)
        #expect(bench.call("counter.count").text == "3 one")
        bench.loader.isolate(module: "counter", build: hash, because: "crashed the kernel")
        _ = try bench.nextServing()
        try bench.serve("counter", defining: ["FIXTURE_ANSWER=\"two\""])
        #expect(slot.current?.instanceIfPresent?.isElsewhere == false)
        #expect(bench.call("counter.count").text == "4 two")
    }

    @Test func `a module with too many generations in the kernel goes on in a process`() throws {
        let bench = try bench(isolated: false) { $0.loader.generationsMax = 2 }
        try bench.serve("counter")
        #expect(bench.call("counter.count").text == "1 one")
        for number in 2...5 {
            try bench.serve("counter", defining: ["FIXTURE_ANSWER=\"\(number)\""])
            #expect(bench.call("counter.count").text == "\(number) \(number)")
        }
        let slot = try #require(bench.loader.slot("counter"))
        #expect(slot.kept.generations == 2)
        #expect(slot.current?.home.isolation == .process)
    }
}
