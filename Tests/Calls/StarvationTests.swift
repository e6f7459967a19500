import KernelBase
import KernelBuilds
import KernelGenerations
import KernelHosting
import KernelLoader
import KernelSystem
import KernelTesting
import Testing

@testable import KernelCalls

/// Modules that keep threads or calls to themselves: what others get all the same.
@Suite(.blocking) struct StarvationTests {
    private static func wait(for file: String) -> String {
        "while(access(\"\(file)\",F_OK))usleep(1000)"
    }

    @Test func `a module that hangs on first use takes no thread from others`() throws {
        let bench = try KernelBench {
            $0.threadsMax = 2
            $0.loader.probeSeconds = 3
        }
        try bench.watch()
        try bench.serve("hazard", defining: ["HAZARD_START=hang()"])
        try bench.serve("counter", as: "counter.so")
        let calls = (0..<4).map { _ in bench.begin("fixture.answer", timeoutSeconds: 60) }
        #expect(calls.allSatisfy { bench.dispatcher.board.call($0.id) != nil })
        #expect(bench.call("counter.answer").text == "one")
        for call in calls { #expect(call.wait().message.contains("did not return within 3.0 s")) }
        #expect(bench.answer.contains("could not be brought up"))
    }

    @Test func `a thread that does not come back after the end of its call is given up`() throws {
        let bench = try KernelBench {
            $0.threadsMax = 2
            $0.dispatcher.graceSeconds = 0.1
        }
        try bench.watch()
        let go = bench.folder.file("go")
        let lingering = "fixture_finish(call->id,\"one\");\(Self.wait(for: go));return"
        try bench.serve("hazard", defining: ["HAZARD_CALL=\(lingering)"])
        // More than the pool has; it replaces as many, and no more.
        for _ in 0..<3 { #expect(bench.answer == "one") }
        #expect(bench.dispatcher.board.calls.isEmpty)
        try Files.replace(go, with: [])
        try waitFor("the threads to return") { bench.pool.counts.abandoned == 0 }
    }

    @Test func `an instance is not freed while a thread is inside its call function`() throws {
        let bench = try KernelBench()
        try bench.watch()
        let go = bench.folder.file("go")
        let lingering = "fixture_finish(call->id,\"one\");\(Self.wait(for: go));return"
        try bench.serve("hazard", defining: ["HAZARD_CALL=\(lingering)"])
        #expect(bench.answer == "one")
        let instance = try #require(bench.loader.slot("fixture")?.current?.instanceIfPresent)
        #expect(instance.callsInFlight.isEmpty && !instance.isIdle)
        try bench.serve("answer", defining: ["FIXTURE_ANSWER=\"two\""])
        #expect(instance.isActive)
        try Files.replace(go, with: [])
        try waitFor("the instance to be freed") { !instance.isActive && !instance.isStopped }
    }

    @Test func `a call that a reload holds is shown, and can be cancelled or run out of time`()
        throws
    {
        let bench = try KernelBench {
            $0.loader.drainSeconds = 60
            $0.dispatcher.graceSeconds = 0.1
        }
        try bench.watch()
        let go = bench.folder.file("go")
        try bench.serve(
            "hazard", defining: ["HAZARD_SAVE=", "HAZARD_CALL=\(Self.wait(for: go))"])
        let running = bench.begin("fixture.answer")
        try waitFor("the call to run") {
            bench.dispatcher.board.call(running.id)?.hasBegun ?? false
        }
        try bench.install("hazard", defining: ["HAZARD_SAVE=", "FIXTURE_ANSWER=\"two\""])
        let slot = try #require(bench.loader.slot("fixture"))
        try waitFor("the reload to hold calls") {
            if case .entered(let generation) = slot.enter() {
                generation.leave()
                return false
            }
            return true
        }
        let late = bench.begin("fixture.answer", timeoutSeconds: 0.1)
        #expect(late.wait().status == .deadline)
        let unwanted = bench.begin("fixture.answer")
        let patient = bench.begin("fixture.answer")
        #expect(bench.dispatcher.board.call(unwanted.id)?.facts.address == "fixture.answer")
        #expect(bench.dispatcher.board.cancel(unwanted.id))
        #expect(unwanted.wait().status == .cancelled)
        try Files.replace(go, with: [])
        #expect(running.wait().text == "one")
        #expect(patient.wait().text == "two")
        try waitFor("the generations to be left") { slot.current?.callsInFlight == 0 }
    }
}

/// The configuration, and calls that come at the same time.
@Suite(.blocking) struct FirstUseTests {
    @Test func `a change while a module is being made for its first use is not lost`() throws {
        let word = Condition("first")
        let bench = try KernelBench {
            $0.settings = { _ in
                var settings = ModuleSettings()
                let own = "{\"word\":\"\(word.withLock { $0 })\"}"
                settings.configuration = ModuleConfiguration(
                    own: Array(own.utf8), user: Array("{}".utf8))
                return settings
            }
        }
        try bench.watch()
        let begun = bench.folder.file("begun")
        let go = bench.folder.file("go")
        let start =
            "close(creat(\"\(begun)\",0600));while(access(\"\(go)\",F_OK))usleep(1000)"
        try bench.serve(
            "configured", defining: ["_GNU_SOURCE", "CONFIGURED_START=\(start)"])
        let first = bench.begin("configured.answer")
        try waitFor("the module to start") { Files.exists(begun) }
        word.withLock { $0 = "second" }
        let isDone = Condition(false)
        bench.loader.reconfigure(["configured"]) {
            isDone.withLock { $0 = true }
            isDone.broadcast()
        }
        try Files.replace(go, with: [])
        #expect(first.wait().succeeded)
        _ = isDone.wait { $0 ? true : nil }
        #expect(bench.call("configured.answer").text.contains("second"))
    }
}

/// What reloads leave on the disk.
@Suite(.blocking) struct DuplicateTests {
    @Test func `a build that is loaded again and again leaves one file beside its own`() throws {
        let bench = try KernelBench()
        try bench.watch()
        try bench.serve("answer")
        #expect(bench.answer == "one")
        for _ in 1...4 {
            #expect(bench.loader.reload("fixture"))
            _ = try bench.nextServing()
            #expect(bench.answer == "one")
        }
        let path = try #require(bench.loader.slot("fixture")?.current?.build.path)
        try waitFor("the old files to be removed") {
            (try? Files.names(in: Path.directory(of: path)))?.sorted()
                == ["module-4.so", "module.so"]
        }
    }
}
