import KernelBase
import KernelBuilds
import KernelHosting
import KernelLoader
import KernelResidence
import KernelSandbox
import KernelSystem
import KernelTesting
import KernelWorkers
import ModuleJSON
import Testing

@testable import KernelCalls
@testable import KernelGenerations

/// Modules that live in a worker of their own: calls, cancellation, state, and what the end of the
/// worker costs.
@Suite(.blocking) struct ResidentTests {
    private func bench(
        _ fixture: String = "modes", _ change: (inout KernelBench.Options) -> Void = { _ in }
    ) throws -> KernelBench {
        let bench = try KernelBench {
            $0.isolate()
            $0.dispatcher.graceSeconds = 0.2
            $0.loader.residents.hangSeconds = 0.3
            change(&$0)
        }
        try bench.watch()
        try bench.serve(fixture)
        return bench
    }

    private struct Place {
        let process: Int32
        let thread: Int32
        let mode: String

        init(_ outcome: CallOutcome) throws {
            let parts = outcome.text.split(separator: " ").map(String.init)
            try #require(parts.count == 3, "\(outcome.text)")
            process = try #require(Int32(parts[0]))
            thread = try #require(Int32(parts[1]))
            mode = parts[2]
        }
    }

    // MARK: Afterwards

    @Test func `a build that was replaced soon is let go of, with all that it held open`() throws {
        let bench = try bench("answer") { $0.loader.probationSeconds = 600 }
        #expect(bench.answer == "one")
        weak let first = bench.loader.slot("fixture")?.current
        for answer in ["two", "three"] {
            try bench.serve("answer", defining: ["FIXTURE_ANSWER=\"\(answer)\""])
            #expect(bench.answer == answer)
        }
        try waitFor("the first build to be let go of") { first == nil }
    }

    // MARK: What it says

    /// 36 MB, where 32 MiB in ten seconds are too much of what nobody waits for.
    @Test func `large results are no flood`() throws {
        let bench = try bench("large")
        for _ in 0..<12 {
            #expect(bench.call("large.thread").text.utf8.count == 3_000_000)
        }
    }

    // MARK: Where it runs

    @Test func `tasks of mode main and thread run in one worker, those of mode process elsewhere`()
        throws
    {
        let bench = try bench()
        let main = try Place(bench.call("modes.main"))
        let thread = try Place(bench.call("modes.thread"))
        let process = try Place(bench.call("modes.process"))
        #expect(main.process == main.thread)
        #expect(thread.process == main.process && thread.thread != main.thread)
        #expect(process.process != main.process && process.process != ProcessFacts.id)
        #expect(main.process != ProcessFacts.id)
        #expect(try bench.resident("modes").process == main.process)
        #expect(bench.loader.slot("modes")?.kept.generations == 0)
        let maps = try Files.read("/proc/self/maps", bytesMax: 64 << 20)
        let path = try #require(bench.loader.slot("modes")?.current?.build.path)
        #expect(!String(decoding: maps, as: UTF8.self).contains(path))
    }

    @Test func `many calls run in one worker at once, and hold no thread of the kernel`() throws {
        let bench = try bench { $0.threadsMax = 2 }
        #expect(bench.call("modes.thread").succeeded)
        let calls = (0..<150).map { _ in bench.begin("modes.thread", "heed") }
        try waitFor("all to begin") {
            calls.allSatisfy { bench.dispatcher.board.call($0.id)?.hasBegun ?? false }
        }
        #expect(bench.pool.counts.threads <= 2)
        for call in calls { #expect(bench.dispatcher.board.cancel(call.id)) }
        for call in calls { #expect(call.wait().status == .cancelled) }
        #expect(try Place(bench.call("modes.thread")).mode == "2")
        #expect(bench.loader.slot("modes")?.statistics.workersEnded == 0)
    }

    @Test(arguments: [RunMode.main, .thread])
    func `pieces, progress and ends arrive in order, and the first end counts`(mode: RunMode)
        throws
    {
        let bench = try bench()
        let call = bench.begin("modes.\(mode.name)", "pieces")
        #expect(call.wait().text == "done")
        #expect(call.pieces == ["piece 0", "piece 1", "piece 2"])
        #expect(call.notes.count == 3)
        #expect(bench.call("modes.\(mode.name)", "later").text == "later")
        let twice = bench.begin("modes.\(mode.name)", "twice")
        #expect(twice.wait().text == "once")
        #expect(try Place(bench.call("modes.\(mode.name)")).mode == "\(mode.rawValue)")
        #expect(twice.ends.count == 1)
    }

    @Test func `ten megabytes go to the worker and back whole`() throws {
        let bench = try bench()
        let large = (0..<10 << 20).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
        for count in [0xFFFF, 0x10000, 0x10001, large.count] {
            let listener = WaitingListener()
            let bytes = Array(large.prefix(count))
            bench.dispatcher.call(
                CallOrder("modes.thread", .bytes(bytes)), id: bench.dispatcher.newCallID(),
                listener)
            #expect(listener.wait().value == bytes)
        }
    }

    @Test func `a module that was written with the kit works in a process, many calls at once`()
        throws
    {
        let bench = try KernelBench {
            $0.isolate()
            $0.settings = { _ in
                var settings = ModuleSettings()
                settings.confinement.change.lists[.read] = ["+\(Files.currentDirectory)"]
                return settings
            }
        }
        try bench.watch()
        try bench.move(try Program.library("libFilesystem.so"), to: "fs.so")
        _ = try bench.nextServing()
        let listeners = (0..<40).map { _ in
            let listener = WaitingListener()
            bench.dispatcher.call(
                CallOrder("fs.list", .json(["path": .string(Files.currentDirectory)])),
                id: bench.dispatcher.newCallID(), listener)
            return listener
        }
        for listener in listeners {
            let outcome = listener.wait()
            #expect(outcome.succeeded && outcome.text.contains("Package.swift"), "\(outcome.text)")
        }
        #expect(try bench.resident("fs").isActive)
    }

    // MARK: Ending calls

    @Test(arguments: [RunMode.main, .thread], ["heed", "poll"])
    func `a task that heeds ends, and nothing else does`(mode: RunMode, how: String) throws {
        let bench = try bench()
        let asked = bench.begin("modes.\(mode.name)", how)
        try waitFor("the call to run") {
            bench.dispatcher.board.call(asked.id)?.hasBegun ?? false
        }
        #expect(bench.dispatcher.board.cancel(asked.id))
        #expect(asked.wait().status == .cancelled)
        let late = bench.call("modes.\(mode.name)", how, timeoutSeconds: 0.1)
        #expect(late.status == .deadline && late.message.contains("stopped at its deadline"))
        #expect(bench.loader.slot("modes")?.statistics.workersEnded == 0)
    }

    @Test func `a deaf call costs the worker its life, the calls beside it say so, and it is back`()
        throws
    {
        let bench = try bench()
        let first = try Place(bench.call("modes.thread")).process
        let beside = bench.begin("modes.thread", "heed")
        let deaf = bench.call("modes.thread", "deaf", timeoutSeconds: 0.1)
        #expect(deaf.status == .deadline)
        #expect(deaf.message.contains("its worker is ended unless it heeds soon"), "\(deaf)")
        let lost = beside.wait()
        #expect(lost.status == .failed)
        for words in ["modes.thread did not end", "did not heed", "0.3 s", "started again"] {
            #expect(lost.message.contains(words), "\(lost.message)")
        }
        #expect(try Place(bench.call("modes.thread")).process != first)
        #expect(bench.loader.slot("modes")?.statistics.workersEnded == 1)
        #expect(try bench.nextEnded().consequence == "started again")
    }

    // MARK: Crashes

    @Test(arguments: [
        ("segv", "was ended by SIGSEGV"), ("abort", "was ended by SIGABRT"),
        ("exit", "exited with status 3"),
    ])
    func `a crash fails the calls in flight with how, and the next call works`(
        how: String, words: String
    ) throws {
        let bench = try bench()
        let first = try Place(bench.call("modes.thread")).process
        let outcome = bench.call("modes.thread", how)
        #expect(outcome.status == .failed)
        for words in [words, "modes.thread", "build ", "started again"] {
            #expect(outcome.message.contains(words), "\(outcome.message)")
        }
        let second = try Place(bench.call("modes.thread")).process
        #expect(second != first)
        try waitFor("the process to end") { !Files.exists("/proc/\(first)") }
    }

    @Test func `a worker that is killed while nothing runs is back for the next call`() throws {
        let bench = try bench()
        let process = try Place(bench.call("modes.thread")).process
        try Shell.run("kill -9 \(process)")
        let ended = try bench.nextEnded()
        #expect(ended.reason.contains("SIGKILL") && ended.reason.contains("while no call ran"))
        #expect(try Place(bench.call("modes.thread")).process != process)
    }

    @Test func `a task that keeps the main loop of its worker busy is told of while it does`()
        throws
    {
        let bench = try KernelBench {
            $0.isolate()
            $0.loader.mainSlowMilliseconds = 20
        }
        try bench.watch()
        try bench.serve("modes")
        #expect(bench.call("modes.main").succeeded)
        let call = bench.begin("modes.main", "deaf")
        let line = try #require(bench.events.line { $0.text.contains("has kept the main loop") })
        #expect(line.module == "modes" && line.call == call.id && line.level == .warning)
        #expect(
            line.text
                == "call \(call.id) has kept the main loop of its process busy for more than "
                + "20 ms; a task that has to wait is better given the mode thread")
        #expect(bench.call("modes.thread", "release").succeeded)
        #expect(call.wait().text == "at last")
        #expect(bench.events.lines.filter { $0.text.contains("has kept") }.count == 1)
    }

    @Test func `the state is what was last saved when the worker is back`() throws {
        let bench = try bench("counter")
        for count in 1...3 { #expect(bench.call("counter.count").text == "\(count) one") }
        let generation = try #require(bench.loader.slot("counter")?.current)
        try waitFor("the state to be saved") {
            generation.saved?.bytes == [3, 0, 0, 0, 0, 0, 0, 0]
        }
        try Shell.run("kill -9 \(try bench.resident("counter").process)")
        _ = try bench.nextEnded()
        #expect(bench.call("counter.count").text == "4 one")
    }

    // MARK: Reload

    @Test func `a crash while a reload waits for the last calls fails them, and it goes on`() throws
    {
        let bench = try KernelBench {
            $0.isolate()
            $0.loader.drainSeconds = 60
        }
        try bench.watch()
        let go = bench.folder.file("go")
        let wait = "while(access(\"\(go)\",F_OK))usleep(1000);crash()"
        try bench.serve("hazard", defining: ["HAZARD_SAVE=", "HAZARD_CALL=\(wait)"])
        let running = bench.begin("fixture.answer")
        try waitFor("the call to run") {
            bench.dispatcher.board.call(running.id)?.hasBegun ?? false
        }
        let slot = try #require(bench.loader.slot("fixture"))
        try bench.install("hazard", defining: ["HAZARD_SAVE=", "FIXTURE_ANSWER=\"two\""])
        try waitFor("the reload to hold calls") {
            if case .entered(let generation) = slot.enter() {
                generation.leave()
                return false
            }
            return true
        }
        let held = bench.begin("fixture.answer")
        try Files.replace(go, with: [])
        let outcome = running.wait()
        #expect(outcome.status == .failed && outcome.message.contains("SIGSEGV"))
        #expect(held.wait().text == "two")
        #expect(bench.answer == "two")
    }

    @Test func `a reload hands the state over and leaves no process behind`() throws {
        let bench = try bench("counter")
        #expect(bench.call("counter.count").text == "1 one")
        var processes: [Int32] = []
        for number in 2...5 {
            processes.append(try bench.resident("counter").process)
            try bench.serve("counter", defining: ["FIXTURE_ANSWER=\"\(number)\""])
            #expect(bench.call("counter.count").text == "\(number) \(number)")
        }
        try waitFor("the old workers to end") {
            processes.allSatisfy { !Files.exists("/proc/\($0)") }
        }
        #expect(bench.loader.slot("counter")?.kept.generations == 0)
    }

    @Test func `a module moves into a process and back with its state, without a lost call`() throws
    {
        let place = Toggle()
        let bench = try KernelBench {
            $0.isolation = { _ in
                IsolationDecision(place.isOn ? .process : .kernel, .configuration)
            }
        }
        try bench.watch()
        try bench.serve("counter")
        #expect(bench.call("counter.count").text == "1 one")
        for count in stride(from: 2, through: 8, by: 2) {
            place.isOn.toggle()
            bench.loader.applyIsolation()
            _ = try bench.nextServing()
            let instance = bench.loader.slot("counter")?.current?.instanceIfPresent
            #expect(instance?.isElsewhere == place.isOn)
            #expect(bench.call("counter.count").text == "\(count) one")
            #expect(bench.call("counter.count").text == "\(count + 1) one")
        }
        // It serves a moment before its examination is over.
        try waitFor("the examination to end") { bench.loader.isSettled }
        bench.loader.applyIsolation()
        #expect(bench.loader.isSettled)
    }

    @Test func `a module whose walls are to stand elsewhere gets another worker, with its state`()
        throws
    {
        let isNarrow = Toggle()
        let bench = try bench("counter") {
            $0.settings = { _ in
                var settings = ModuleSettings()
                settings.confinement.limits.descriptors = isNarrow.isOn ? 64 : 128
                return settings
            }
        }
        #expect(bench.call("counter.count").text == "1 one")
        let process = try bench.resident("counter").process
        // It serves a moment before its examination is over.
        try waitFor("the examination to end") { bench.loader.isSettled }
        bench.loader.applyIsolation()
        #expect(bench.loader.isSettled)
        isNarrow.isOn = true
        bench.loader.applyIsolation()
        _ = try bench.nextServing()
        #expect(try bench.resident("counter").process != process)
        #expect(bench.call("counter.count").text == "2 one")
    }
}
